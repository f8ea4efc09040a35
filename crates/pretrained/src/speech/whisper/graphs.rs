//! Writes Whisper's two networks from its weights. Source: `whisper/model.py`.

use super::super::mel::FRAMES;
use super::network::HEAD;
use super::weights::Weights;
use crate::onnx::graph::{ANY, Attribute, Element, Graph};

/// No Whisper is as deep.
const MOST_LAYERS: usize = 256;
/// Of the normalisation of layers (PyTorch's default).
const EPSILON: f32 = 1e-5;

/// `key-0`, `value-0`, `key-1`…
pub(super) fn names<const N: usize>(
    layers: usize,
    each: [&'static str; N],
) -> impl Iterator<Item = String> {
    (0..layers).flat_map(move |layer| each.map(|name| format!("{name}-{layer}")))
}

/// The measures of a model.
pub(super) struct Plan {
    /// Bands of the spectrogram.
    pub(super) bands: usize,
    /// Tokens that there are.
    pub(super) vocabulary: usize,
    /// Tokens that fit into the decoder.
    pub(super) longest: usize,
    /// Numbers of a vector.
    pub(super) width: usize,
    /// Of each attention.
    pub(super) heads: usize,
    /// Of the encoder and of the decoder.
    pub(super) layers: [usize; 2],
}

impl Plan {
    /// Read off the sides of its tensors.
    pub(super) fn of(weights: &Weights) -> Result<Self, String> {
        let shape = |name: &str| weights.shape(name).map(<[usize]>::to_vec);
        let count = |network: &str| {
            let has = |layer: &usize| {
                weights.has(&format!("{network}/layer_{layer}/self_attention/linear_0/weight"))
            };
            (0..MOST_LAYERS).take_while(has).count()
        };
        let (conv, embeddings) =
            (shape("encoder/conv1/weight")?, shape("decoder/embeddings/weight")?);
        let places =
            ["encoder", "decoder"].map(|network| format!("{network}/position_encodings/encodings"));
        let places = [shape(&places[0])?, shape(&places[1])?];
        let (&[_, bands, _], &[vocabulary, width], &[frames, _], &[longest, _]) =
            (&conv[..], &embeddings[..], &places[0][..], &places[1][..])
        else {
            return Err("its first layers have other sides than Whisper's".to_owned());
        };
        if places.iter().any(|sides| sides[1] != width) || frames * 2 < FRAMES {
            return Err(format!("places of {places:?} for {FRAMES} frames, {width} wide"));
        }
        let projection = shape("decoder/projection/weight")?;
        if projection != embeddings {
            return Err(format!("it embeds {embeddings:?} and says {projection:?}"));
        }
        let heads = weights.number("decoder/num_heads")?;
        let layers = [count("encoder"), count("decoder")];
        let is_empty = layers.contains(&0) || [bands, vocabulary, longest, width].contains(&0);
        if heads.checked_mul(HEAD) != Some(width) || is_empty {
            return Err(format!("{heads} heads, {width} wide, {layers:?} layers"));
        }
        Ok(Self { bands, vocabulary, longest, width, heads, layers })
    }

    /// From `spectrogram` and `places` to what each layer of the decoder attends to.
    pub(super) fn encoder(&self, weights: &Weights) -> Result<Vec<u8>, String> {
        let mut writer = Writer { graph: Graph::default(), weights };
        let mut at = "spectrogram".to_owned();
        for (name, stride) in [("encoder/conv1", 1), ("encoder/conv2", 2)] {
            at = writer.convolution(&at, name, stride)?;
        }
        let order = [("perm", Attribute::Ints(&[0, 2, 1]))];
        at = writer.graph.node("Transpose", &[&at], &order);
        at = writer.graph.node("Add", &[&at, "places"], &[]);
        for layer in 0..self.layers[0] {
            let name = format!("encoder/layer_{layer}");
            let [query, key, value] = writer.parts(&at, &format!("{name}/self_attention"))?;
            let heads = [("num_heads", Attribute::Int(self.heads as i64))];
            let seen = writer.graph.node("MultiHeadAttention", &[&query, &key, &value], &heads);
            at = writer.added(&at, &seen, &format!("{name}/self_attention/linear_1"))?;
            at = writer.feed_forward(&at, &name)?;
        }
        at = writer.normal(&at, "encoder/layer_norm")?;
        // What each layer of the decoder needs of it is the same for every token.
        writer.graph.ints("by-head", &[0, 0, self.heads as i64, HEAD as i64]);
        for layer in 0..self.layers[1] {
            let name = format!("decoder/layer_{layer}/attention/linear_1");
            let both = writer.linear(&at, &name)?;
            let parts: [String; 2] =
                writer.graph.nodes("Split", &[&both], &[("axis", Attribute::Int(2))]);
            for (part, name) in parts.iter().zip(["key", "value"]) {
                let part = writer.graph.node("Reshape", &[part, "by-head"], &[]);
                let order = [("perm", Attribute::Ints(&[0, 2, 1, 3]))];
                let part = writer.graph.node("Transpose", &[&part], &order);
                writer.graph.rename(&part, &format!("{name}-{layer}"));
            }
        }
        let sides = [1, self.heads, ANY, HEAD];
        let outputs: Vec<String> = names(self.layers[1], ["key", "value"]).collect();
        let outputs: Vec<(&str, &[usize])> =
            outputs.iter().map(|name| (name.as_str(), &sides[..])).collect();
        let inputs: [(&str, Element, &[usize]); 2] = [
            ("spectrogram", Element::Float, &[1, self.bands, ANY]),
            ("places", Element::Float, &[ANY, self.width]),
        ];
        Ok(writer.graph.finish_of(&inputs, &outputs))
    }

    /// From `vectors` and what was said before to the log probabilities of `next`.
    pub(super) fn decoder(&self, weights: &Weights) -> Result<Vec<u8>, String> {
        let mut writer = Writer { graph: Graph::default(), weights };
        let heads = [
            ("num_heads", Attribute::Int(self.heads as i64)),
            ("unidirectional", Attribute::Int(1)),
        ];
        let width = self.width as i64;
        writer.graph.ints("one-row", &[1, -1, width]);
        let mut at = "vectors".to_owned();
        for layer in 0..self.layers[1] {
            let name = format!("decoder/layer_{layer}");
            let [query, key, value] = writer.parts(&at, &format!("{name}/self_attention"))?;
            let mut before = |part: &str| {
                let part = format!("{part}-before-{layer}");
                writer.graph.node("Gather", &[&part, "order"], &[("axis", Attribute::Int(0))])
            };
            let (keys, values) = (before("key"), before("value"));
            let inputs = [&*query, &key, &value, "", "", "", &keys, &values];
            let [seen, keys, values] = writer.graph.nodes("MultiHeadAttention", &inputs, &heads);
            writer.graph.rename(&keys, &format!("key-after-{layer}"));
            writer.graph.rename(&values, &format!("value-after-{layer}"));
            at = writer.added(&at, &seen, &format!("{name}/self_attention/linear_1"))?;

            // All rows hear the same sound: as if they were one long one.
            let sound = format!("{name}/attention");
            let normal = writer.normal(&at, &format!("{sound}/layer_norm"))?;
            let query = writer.linear(&normal, &format!("{sound}/linear_0"))?;
            writer.graph.rename(&query, &format!("query-{layer}"));
            let shape = writer.graph.node("Shape", &[&query], &[]);
            let query = writer.graph.node("Reshape", &[&query, "one-row"], &[]);
            let (key, value) = (format!("key-{layer}"), format!("value-{layer}"));
            let inputs = [&*query, &key, &value];
            let heard = writer.graph.node("MultiHeadAttention", &inputs, &heads[..1]);
            let heard = writer.graph.node("Reshape", &[&heard, &shape], &[]);
            at = writer.added(&at, &heard, &format!("{sound}/linear_2"))?;
            at = writer.feed_forward(&at, &name)?;
        }
        writer.graph.raw_constant("last", &[], Element::Int, &(-1_i64).to_le_bytes());
        at = writer.graph.node("Gather", &[&at, "last"], &[("axis", Attribute::Int(1))]);
        at = writer.normal(&at, "decoder/layer_norm")?;
        at = writer.linear(&at, "decoder/projection")?;
        at = writer.graph.node("LogSoftmax", &[&at], &[("axis", Attribute::Int(-1))]);
        writer.graph.rename(&at, "next");
        let (sound, past) = ([1, self.heads, ANY, HEAD], [ANY, self.heads, ANY, HEAD]);
        let vectors = [ANY, ANY, self.width];
        let mut inputs: Vec<(String, Element, &[usize])> = vec![
            ("vectors".to_owned(), Element::Float, &vectors),
            ("order".to_owned(), Element::Int, &[ANY]),
        ];
        let layers = self.layers[1];
        inputs
            .extend(names(layers, ["key", "value"]).map(|name| (name, Element::Float, &sound[..])));
        inputs.extend(
            names(layers, ["key-before", "value-before"])
                .map(|name| (name, Element::Float, &past[..])),
        );
        let next = [ANY, self.vocabulary];
        let mut outputs: Vec<(String, &[usize])> = vec![("next".to_owned(), &next)];
        outputs.extend(names(layers, ["key-after", "value-after"]).map(|name| (name, &past[..])));
        outputs.extend(names(layers, ["query"]).map(|name| (name, &vectors[..])));
        let inputs: Vec<(&str, Element, &[usize])> =
            inputs.iter().map(|(name, element, shape)| (name.as_str(), *element, *shape)).collect();
        let outputs: Vec<(&str, &[usize])> =
            outputs.iter().map(|(name, shape)| (name.as_str(), *shape)).collect();
        Ok(writer.graph.finish_of(&inputs, &outputs))
    }
}

/// Writes layers. Whoever takes a tensor takes its name.
struct Writer<'a> {
    graph: Graph,
    weights: &'a Weights,
}

impl Writer<'_> {
    fn constant(&mut self, name: &str) -> Result<(), String> {
        let values = self.weights.values(name)?;
        self.graph.constant(name, self.weights.shape(name)?, &values);
        Ok(())
    }

    fn convolution(&mut self, from: &str, name: &str, stride: i64) -> Result<String, String> {
        let (weight, bias) = (format!("{name}/weight"), format!("{name}/bias"));
        self.constant(&weight)?;
        self.constant(&bias)?;
        let settings =
            [("strides", Attribute::Ints(&[stride])), ("pads", Attribute::Ints(&[1, 1]))];
        let at = self.graph.node("Conv", &[from, &weight, &bias], &settings);
        Ok(self.graph.node("Gelu", &[&at], &[]))
    }

    fn normal(&mut self, from: &str, name: &str) -> Result<String, String> {
        let (gamma, beta) = (format!("{name}/gamma"), format!("{name}/beta"));
        self.constant(&gamma)?;
        self.constant(&beta)?;
        let settings = [("axis", Attribute::Int(-1)), ("epsilon", Attribute::Float(EPSILON))];
        Ok(self.graph.node("LayerNormalization", &[from, &gamma, &beta], &settings))
    }

    /// A product with a matrix of 8 bits, and a bias where there is one.
    fn linear(&mut self, from: &str, name: &str) -> Result<String, String> {
        let weight = format!("{name}/weight");
        let &[rows, columns] = self.weights.shape(&weight)? else {
            return Err(format!("{weight} is no matrix"));
        };
        let block = BLOCKS.into_iter().find(|block| columns % block == 0);
        let block = block.ok_or_else(|| format!("{weight} has {columns} columns"))?;
        let (bytes, scales) = quantised(&self.weights.values(&weight)?, block);
        let (scale, bias) = (format!("{name}/scale"), format!("{name}/bias"));
        self.graph.raw_constant(&weight, &[rows, columns / block, block], Element::Byte, &bytes);
        self.graph.constant(&scale, &[scales.len()], &scales);
        let mut inputs = vec![from, &weight, &scale];
        if self.weights.has(&bias) {
            self.constant(&bias)?;
            inputs.extend(["", "", &bias]);
        }
        let settings = [
            ("K", Attribute::Int(columns as i64)),
            ("N", Attribute::Int(rows as i64)),
            ("bits", Attribute::Int(8)),
            ("block_size", Attribute::Int(block as i64)),
            ("accuracy_level", Attribute::Int(IN_BYTES)),
        ];
        Ok(self.graph.node("MatMulNBits", &inputs, &settings))
    }

    /// Query, key and value of what is normalised first.
    fn parts(&mut self, from: &str, name: &str) -> Result<[String; 3], String> {
        let normal = self.normal(from, &format!("{name}/layer_norm"))?;
        let all = self.linear(&normal, &format!("{name}/linear_0"))?;
        Ok(self.graph.nodes("Split", &[&all], &[("axis", Attribute::Int(2))]))
    }

    /// A product, added to what was there.
    fn added(&mut self, to: &str, from: &str, name: &str) -> Result<String, String> {
        let product = self.linear(from, name)?;
        Ok(self.graph.node("Add", &[to, &product], &[]))
    }

    fn feed_forward(&mut self, from: &str, layer: &str) -> Result<String, String> {
        let normal = self.normal(from, &format!("{layer}/ffn/layer_norm"))?;
        let wide = self.linear(&normal, &format!("{layer}/ffn/linear_0"))?;
        let wide = self.graph.node("Gelu", &[&wide], &[]);
        self.added(from, &wide, &format!("{layer}/ffn/linear_1"))
    }
}

/// The byte that stands for 0 (the operator's own choice for 8 bits).
const ZERO: i16 = 128;
/// How many neighbours of a row share a scale: the first of these that fits.
const BLOCKS: [usize; 4] = [128, 64, 32, 16];
/// `accuracy_level` of products that are worked out in bytes, not in floats.
const IN_BYTES: i64 = 4;

/// A matrix in bytes, and the scale of each block of it.
fn quantised(values: &[f32], block: usize) -> (Vec<u8>, Vec<f32>) {
    let mut bytes = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len() / block);
    for values in values.chunks_exact(block) {
        let most = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let scale = (most / 127.0).max(f32::MIN_POSITIVE);
        let step = |value: &f32| ((value / scale).round() as i16 + ZERO).clamp(1, 255) as u8;
        bytes.extend(values.iter().map(step));
        scales.push(scale);
    }
    (bytes, scales)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_of_bytes_is_what_it_was() {
        let values = [0.5, -1.0, 0.25, 0.0, 0.0, 0.0];
        let (bytes, scales) = quantised(&values, 3);
        let back = |at: usize| f32::from(i16::from(bytes[at]) - ZERO) * scales[at / 3];
        for (at, value) in values.iter().enumerate() {
            assert!((back(at) - value).abs() < 0.004, "{at}");
        }
    }
}
