//! Whisper worked out step by step, and the networks compared with it, on a small
//! model of random weights that is made here.

use super::super::mel::FRAMES;
use super::network::{HEAD, Memory, Network};
use super::weights::Weights;
use super::weights::written::{file, tensor};
use std::f32::consts::PI;

const BANDS: usize = 6;
const HEADS: usize = 2;
const WIDTH: usize = HEADS * HEAD;
const LAYERS: usize = 2;
const VOCABULARY: usize = 40;
const LONGEST: usize = 16;
/// Frames of the spectrogram.
const SOUND: usize = 24;

/// The bytes of a `model.bin`.
fn model() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut tensors = vec![tensor("decoder/num_heads", &[], 2, &[HEADS as u8, 0])];
    let mut add = |name: String, shape: &[usize], middle: f32, width: f32| {
        let count: usize = shape.iter().product();
        let values = (0..count).map(|_| middle + width * (random.f32() * 2.0 - 1.0));
        let data: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
        let shape: Vec<u32> = shape.iter().map(|side| *side as u32).collect();
        tensors.push(tensor(&name, &shape, 0, &data));
    };
    add("encoder/conv1/weight".into(), &[WIDTH, BANDS, 3], 0.0, 0.4);
    add("encoder/conv2/weight".into(), &[WIDTH, WIDTH, 3], 0.0, 0.1);
    add("encoder/position_encodings/encodings".into(), &[FRAMES / 2, WIDTH], 0.0, 0.5);
    add("decoder/position_encodings/encodings".into(), &[LONGEST, WIDTH], 0.0, 0.5);
    add("decoder/embeddings/weight".into(), &[VOCABULARY, WIDTH], 0.0, 0.2);
    for conv in ["conv1", "conv2"] {
        add(format!("encoder/{conv}/bias"), &[WIDTH], 0.0, 0.1);
    }
    let mut norms = vec!["encoder/layer_norm".to_owned(), "decoder/layer_norm".to_owned()];
    let mut products = Vec::new();
    for (network, layer) in
        ["encoder", "decoder"].iter().flat_map(|n| (0..LAYERS).map(move |l| (n, l)))
    {
        let name = format!("{network}/layer_{layer}");
        norms.push(format!("{name}/self_attention/layer_norm"));
        norms.push(format!("{name}/ffn/layer_norm"));
        products.push((format!("{name}/self_attention/linear_0"), WIDTH, 3 * WIDTH));
        products.push((format!("{name}/self_attention/linear_1"), WIDTH, WIDTH));
        products.push((format!("{name}/ffn/linear_0"), WIDTH, 2 * WIDTH));
        products.push((format!("{name}/ffn/linear_1"), 2 * WIDTH, WIDTH));
        if *network == "decoder" {
            norms.push(format!("{name}/attention/layer_norm"));
            products.push((format!("{name}/attention/linear_0"), WIDTH, WIDTH));
            products.push((format!("{name}/attention/linear_1"), WIDTH, 2 * WIDTH));
            products.push((format!("{name}/attention/linear_2"), WIDTH, WIDTH));
        }
    }
    for name in norms {
        add(format!("{name}/gamma"), &[WIDTH], 1.0, 0.2);
        add(format!("{name}/beta"), &[WIDTH], 0.0, 0.2);
    }
    for (name, from, to) in products {
        add(format!("{name}/weight"), &[to, from], 0.0, 0.15);
        add(format!("{name}/bias"), &[to], 0.0, 0.1);
    }
    file(&tensors, &[("decoder/projection/weight", "decoder/embeddings/weight")])
}

/// Rows of vectors.
type Rows = Vec<Vec<f32>>;

/// The definition, with every number a float.
struct Plain(Weights);

impl Plain {
    fn of(&self, name: &str) -> Vec<f32> {
        self.0.values(name).expect("is there")
    }

    fn linear(&self, rows: &Rows, name: &str) -> Rows {
        let weight = self.of(&format!("{name}/weight"));
        let bias = self.0.values(&format!("{name}/bias")).unwrap_or_default();
        let out = |row: &Vec<f32>| {
            let products = weight.chunks_exact(row.len()).map(|w| dot(w, row)).enumerate();
            products.map(|(at, value)| value + bias.get(at).copied().unwrap_or(0.0)).collect()
        };
        rows.iter().map(out).collect()
    }

    fn normal(&self, rows: &Rows, name: &str) -> Rows {
        let (gamma, beta) = (self.of(&format!("{name}/gamma")), self.of(&format!("{name}/beta")));
        let one = |row: &Vec<f32>| {
            let mean = row.iter().sum::<f32>() / row.len() as f32;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / row.len() as f32;
            let scale = (variance + 1e-5).sqrt();
            let all = row.iter().zip(gamma.iter().zip(&beta));
            all.map(|(v, (g, b))| (v - mean) / scale * g + b).collect()
        };
        rows.iter().map(one).collect()
    }

    fn convolution(&self, rows: &Rows, name: &str, stride: usize) -> Rows {
        let (weight, bias) = (self.of(&format!("{name}/weight")), self.of(&format!("{name}/bias")));
        let width = rows[0].len();
        let at = |place: usize, out: usize| {
            let mut sum = bias[out];
            for (offset, row) in
                (0..3).filter_map(|o| Some((o, rows.get((place + o).checked_sub(1)?)?)))
            {
                for (channel, value) in row.iter().enumerate() {
                    sum += value * weight[(out * width + channel) * 3 + offset];
                }
            }
            gelu(sum)
        };
        (0..rows.len())
            .step_by(stride)
            .map(|place| (0..bias.len()).map(|out| at(place, out)).collect())
            .collect()
    }

    fn feed_forward(&self, rows: &Rows, name: &str) -> Rows {
        let mut wide = self
            .linear(&self.normal(rows, &format!("{name}/layer_norm")), &format!("{name}/linear_0"));
        wide.iter_mut().flatten().for_each(|value| *value = gelu(*value));
        sum(rows, &self.linear(&wide, &format!("{name}/linear_1")))
    }

    fn self_attention(&self, rows: &Rows, name: &str, forwards_only: bool) -> Rows {
        let all = self
            .linear(&self.normal(rows, &format!("{name}/layer_norm")), &format!("{name}/linear_0"));
        let part =
            |at: usize| all.iter().map(|row| row[at * WIDTH..(at + 1) * WIDTH].to_vec()).collect();
        let seen = attention(&part(0), &part(1), &part(2), forwards_only);
        sum(rows, &self.linear(&seen, &format!("{name}/linear_1")))
    }

    fn encode(&self, spectrogram: &[f32]) -> Rows {
        let frames = spectrogram.len() / BANDS;
        let mut rows: Rows = (0..frames)
            .map(|frame| (0..BANDS).map(|band| spectrogram[band * frames + frame]).collect())
            .collect();
        rows = self.convolution(&rows, "encoder/conv1", 1);
        rows = self.convolution(&rows, "encoder/conv2", 2);
        let places = self.of("encoder/position_encodings/encodings");
        rows = sum(&rows, &places.chunks_exact(WIDTH).map(<[f32]>::to_vec).collect());
        for layer in 0..LAYERS {
            let name = format!("encoder/layer_{layer}");
            rows = self.self_attention(&rows, &format!("{name}/self_attention"), false);
            rows = self.feed_forward(&rows, &format!("{name}/ffn"));
        }
        self.normal(&rows, "encoder/layer_norm")
    }

    /// Log probabilities of what follows each token.
    fn decode(&self, sound: &Rows, tokens: &[u32]) -> Rows {
        let embeddings = self.of("decoder/embeddings/weight");
        let places = self.of("decoder/position_encodings/encodings");
        let row = |(at, token): (usize, &u32)| {
            let place = &places[at * WIDTH..];
            let vector = &embeddings[*token as usize * WIDTH..][..WIDTH];
            vector.iter().zip(place).map(|(a, b)| a + b).collect()
        };
        let mut rows: Rows = tokens.iter().enumerate().map(row).collect();
        for layer in 0..LAYERS {
            let name = format!("decoder/layer_{layer}");
            rows = self.self_attention(&rows, &format!("{name}/self_attention"), true);
            let normal = self.normal(&rows, &format!("{name}/attention/layer_norm"));
            let query = self.linear(&normal, &format!("{name}/attention/linear_0"));
            let both = self.linear(sound, &format!("{name}/attention/linear_1"));
            let part = |at: usize| {
                both.iter().map(|row| row[at * WIDTH..(at + 1) * WIDTH].to_vec()).collect()
            };
            let heard = attention(&query, &part(0), &part(1), false);
            rows = sum(&rows, &self.linear(&heard, &format!("{name}/attention/linear_2")));
            rows = self.feed_forward(&rows, &format!("{name}/ffn"));
        }
        let mut rows = self.linear(&self.normal(&rows, "decoder/layer_norm"), "decoder/projection");
        for row in &mut rows {
            let all = row.iter().map(|value| value.exp()).sum::<f32>().ln();
            for value in row {
                *value -= all;
            }
        }
        rows
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn sum(a: &Rows, b: &Rows) -> Rows {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect()).collect()
}

/// By the integral of the normal distribution, in small steps.
fn gelu(x: f32) -> f32 {
    const STEPS: usize = 400;
    let width = x / STEPS as f32;
    let density = |at: usize| (-((at as f32 + 0.5) * width).powi(2) / 2.0).exp();
    let area: f32 = (0..STEPS).map(density).sum::<f32>() * width / (2.0 * PI).sqrt();
    x * (0.5 + area)
}

fn attention(queries: &Rows, keys: &Rows, values: &Rows, forwards_only: bool) -> Rows {
    let mut out = vec![vec![0.0; WIDTH]; queries.len()];
    for head in (0..HEADS).map(|head| head * HEAD..(head + 1) * HEAD) {
        for (at, query) in queries.iter().enumerate() {
            let seen = if forwards_only { at + 1 } else { keys.len() };
            let score = |key: &Vec<f32>| {
                (dot(&query[head.clone()], &key[head.clone()]) / (HEAD as f32).sqrt()).exp()
            };
            let weights: Vec<f32> = keys[..seen].iter().map(score).collect();
            let all: f32 = weights.iter().sum();
            for (weight, value) in weights.iter().zip(values) {
                for (out, value) in out[at][head.clone()].iter_mut().zip(&value[head.clone()]) {
                    *out += weight / all * value;
                }
            }
        }
    }
    out
}

/// How far the networks may be from the definition: they multiply bytes.
const NEAR: f32 = 0.08;

fn assert_near(found: &[f32], expected: &[f32], most: f32) {
    assert_eq!(found.len(), expected.len());
    let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < most, "{apart}");
}

/// The networks, the definition, and a spectrogram; `None` without ONNX Runtime.
fn both() -> Option<(Network, Plain, Vec<f32>)> {
    let (folder, library) = crate::onnx::stand_in(&model(), "model.bin")?;
    let network = Network::open(&library, &folder.path().join("model.bin"), 1).expect("opens");
    let mut random = fastrand::Rng::with_seed(1);
    let spectrogram = (0..BANDS * SOUND).map(|_| random.f32() * 2.0 - 1.0).collect();
    Some((network, Plain(Weights::read(model()).expect("reads")), spectrogram))
}

const SAID: [u32; 5] = [3, 17, 39, 0, 17];

#[test]
fn the_networks_say_what_the_definition_says() {
    let Some((network, plain, spectrogram)) = both() else { return };
    let encoded = network.encode(&spectrogram).expect("encodes");
    assert_eq!(encoded.frames, SOUND / 2);
    let sound = plain.encode(&spectrogram);
    let expected = plain.decode(&sound, &SAID);
    for length in 1..=SAID.len() {
        let step = network.decode(&encoded, &Memory::default(), &[0], &SAID[..length]);
        assert_near(&step.expect("decodes").next, &expected[length - 1], NEAR);
    }
    // What the networks are compared with is no constant.
    let other = plain.decode(&plain.encode(&vec![0.0; spectrogram.len()]), &SAID);
    let apart = expected[4].iter().zip(&other[4]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart > 3.0 * NEAR, "{apart}");
}

#[test]
fn token_by_token_and_row_by_row_is_all_at_once() {
    let Some((network, plain, spectrogram)) = both() else { return };
    let encoded = network.encode(&spectrogram).expect("encodes");
    let sound = plain.encode(&spectrogram);
    let begun = network.decode(&encoded, &Memory::default(), &[0], &SAID[..2]).expect("decodes");
    let forked = network.decode(&encoded, &begun.memory, &[0, 0], &[5, 6]).expect("decodes");
    // The second row goes on as the first, and the first as the second.
    let crossed = network.decode(&encoded, &forked.memory, &[1, 0], &[7, 8]).expect("decodes");
    for (row, said) in [[3, 17, 6, 7], [3, 17, 5, 8]].iter().enumerate() {
        let expected = plain.decode(&sound, said);
        assert_near(&crossed.next[row * VOCABULARY..][..VOCABULARY], &expected[3], NEAR);
    }
}

#[test]
fn a_part_of_a_sound_is_attended_to_alone() {
    let Some((network, plain, spectrogram)) = both() else { return };
    let encoded = network.encode(&spectrogram).expect("encodes").part(3..9).expect("cuts");
    let sound = plain.encode(&spectrogram)[3..9].to_vec();
    let step = network.decode(&encoded, &Memory::default(), &[0], &SAID).expect("decodes");
    assert_near(&step.next, &plain.decode(&sound, &SAID)[4], NEAR);
}

#[test]
fn what_does_not_fit_is_an_error() {
    let Some((network, _, spectrogram)) = both() else { return };
    let encoded = network.encode(&spectrogram).expect("encodes");
    let refused =
        |tokens: &[u32]| network.decode(&encoded, &Memory::default(), &[0], tokens).is_err();
    assert!(refused(&[VOCABULARY as u32]));
    assert!(refused(&[1; LONGEST + 1]));
    assert!(!refused(&[1; LONGEST]));
}
