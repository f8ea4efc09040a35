//! A small model of the very same format, made here: it tells red, green and
//! blue, in English and Chinese, and nothing else. It is what the loading code
//! is tested with, here and in the rooms that search by pictures.

use super::own;
use crate::onnx::graph::{Attribute, Element, Graph};
use crate::{Error, Result, onnx};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Whose exports it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// Sides of any length, an `attention_mask`, projected outputs; pictures are cut.
    Clip,
    /// Fixed sides, no mask, `pooler_output`; pictures are pressed.
    SigLip,
}

/// Side of pictures, in pixels.
const SIDE: usize = 8;
/// Tokens of the longest text.
const LENGTH: usize = 16;

const RED: [f32; 3] = [1.0, -1.0, -1.0];
const GREEN: [f32; 3] = [-1.0, 1.0, -1.0];
const BLUE: [f32; 3] = [-1.0, -1.0, 1.0];
/// Of no colour in particular.
const ANY: [f32; 3] = [0.3; 3];
const NONE: [f32; 3] = [0.0; 3];

/// Tokens with their vectors; a token's number is its place.
const WORDS: [(&str, [f32; 3]); 17] = [
    ("[PAD]", NONE),
    ("[END]", NONE),
    ("[UNK]", NONE),
    ("red", RED),
    ("红", RED),
    ("green", GREEN),
    ("绿", GREEN),
    ("blue", BLUE),
    ("蓝", BLUE),
    ("photo", ANY),
    ("照", ANY),
    ("片", ANY),
    ("a", NONE),
    ("of", NONE),
    ("色", NONE),
    ("的", NONE),
    ("一", NONE),
];

/// Writes its files into a folder, which is made if it is not there.
pub fn write(dir: &Path, export: Export) -> Result<()> {
    let onnx = dir.join("onnx");
    fs::create_dir_all(&onnx).map_err(Error::file(&onnx))?;
    let put = |path: &Path, bytes: &[u8]| fs::write(path, bytes).map_err(Error::file(path));
    put(&onnx.join("vision_model.onnx"), &vision(export))?;
    put(&onnx.join("text_model.onnx"), &text(export))?;
    for (name, value) in [
        ("tokenizer.json", tokenizer()),
        ("tokenizer_config.json", json!({"model_max_length": LENGTH, "pad_token": "[PAD]"})),
        ("preprocessor_config.json", preprocessor(export)),
    ] {
        put(&dir.join(name), value.to_string().as_bytes())?;
    }
    Ok(())
}

/// Copies the ONNX Runtime that was fetched to this machine into a models folder;
/// false (and says so) where it was not.
pub fn copy_runtime(models: &Path) -> Result<bool> {
    let Some((runtime, here)) = onnx::fetched() else { return Ok(false) };
    let dir = runtime.dir(models);
    fs::create_dir_all(&dir).map_err(Error::file(&dir))?;
    for file in runtime.files() {
        let path = here.join(&file.path);
        fs::copy(&path, dir.join(&file.path)).map_err(Error::file(&path))?;
    }
    Ok(true)
}

/// Puts the model into a models folder as if it were the user's own, with
/// [`copy_runtime`].
pub fn install(models: &Path, export: Export) -> Result<bool> {
    write(&models.join(own::FOLDER), export)?;
    copy_runtime(models)
}

/// The mean colour.
fn vision(export: Export) -> Vec<u8> {
    let mut graph = Graph::default();
    let mean = graph.node("GlobalAveragePool", &["pixel_values"], &[]);
    let vector = graph.node("Flatten", &[&mean], &[]);
    let (output, sides) = match export {
        Export::Clip => ("image_embeds", [0, 3, 0, 0]),
        Export::SigLip => ("pooler_output", [0, 3, SIDE, SIDE]),
    };
    graph.rename(&vector, output);
    graph.finish(("pixel_values", &sides), &[(&vector, &[0, 3]), (output, &[0, 3])])
}

/// The sum or the mean of the words' vectors. What fills texts up would be
/// taken for red if CLIP's mask were not heeded.
fn text(export: Export) -> Vec<u8> {
    let mut graph = Graph::default();
    let mut table: Vec<f32> = WORDS.iter().flat_map(|(_, vector)| *vector).collect();
    if export == Export::Clip {
        table[..3].copy_from_slice(&RED);
    }
    graph.constant("table", &[WORDS.len(), 3], &table);
    let words = graph.node("Gather", &["table", "input_ids"], &[]);
    match export {
        Export::Clip => {
            let float = [("to", Attribute::Int(Element::Float as i64))];
            let mask = graph.node("Cast", &["attention_mask"], &float);
            let sum = [("equation", Attribute::Text("nl,nld->nd"))];
            let vector = graph.node("Einsum", &[&mask, &words], &sum);
            graph.rename(&vector, "text_embeds");
            let inputs =
                ["input_ids", "attention_mask"].map(|name| (name, Element::Int, &[0, 0][..]));
            graph.finish_of(&inputs, &[("text_embeds", &[0, 3])])
        }
        Export::SigLip => {
            let middle = [("axes", Attribute::Ints(&[1])), ("keepdims", Attribute::Int(0))];
            let vector = graph.node("ReduceMean", &[&words], &middle);
            graph.rename(&vector, "pooler_output");
            let input = ("input_ids", Element::Int, &[0, LENGTH][..]);
            graph.finish_of(&[input], &[("pooler_output", &[0, 3])])
        }
    }
}

/// Words as they stand between spaces, Chinese characters one by one.
fn tokenizer() -> Value {
    let vocabulary: serde_json::Map<String, Value> =
        WORDS.iter().zip(0..).map(|((word, _), id)| ((*word).to_owned(), json!(id))).collect();
    let each = json!({
        "type": "Split", "pattern": {"Regex": "[\u{4e00}-\u{9fff}]"}, "behavior": "Isolated",
        "invert": false,
    });
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, each]},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[END]", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {"[END]": {"id": "[END]", "ids": [1], "tokens": ["[END]"]}},
        },
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    })
}

fn preprocessor(export: Export) -> Value {
    let mut settings = json!({
        "do_resize": true, "do_rescale": true, "rescale_factor": 1.0 / 255.0, "resample": 3,
        "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
    });
    match export {
        Export::Clip => {
            settings["size"] = json!({"shortest_edge": SIDE});
            settings["do_center_crop"] = json!(true);
            settings["crop_size"] = json!({"height": SIDE, "width": SIDE});
        }
        Export::SigLip => settings["size"] = json!({"height": SIDE, "width": SIDE}),
    }
    settings
}
