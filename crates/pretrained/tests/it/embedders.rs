//! What every text embedder promises, and what E5 does beyond.

use crate::models_dir;
use vireo_pretrained::embedding::e5::{E5Embedder, convert};
use vireo_pretrained::embedding::hashing::HashingEmbedder;
use vireo_pretrained::embedding::{Purpose, TextEmbedder};

/// `None`, with a word about it, where the model has not been fetched.
fn e5() -> Option<E5Embedder> {
    let dir = models_dir().join("multilingual-e5-small");
    match E5Embedder::open(&dir, 2) {
        Ok(embedder) => Some(embedder),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

fn conforms(embedder: &dyn TextEmbedder) {
    let long = "The moon pulls the tides. 月球引起潮汐。".repeat(3000);
    let texts = [
        "How to bake sourdough bread at home",
        "",
        "如何在家烘焙酸面包",
        " \n\u{3000}\t",
        &long,
        "🙂🙂 … \u{0} <s></s><mask> \u{e000}",
        "How to bake sourdough bread at home",
    ];
    let embed = |purpose| embedder.embed(&texts, purpose).expect("vectors");
    let vectors = embed(Purpose::Passage);
    assert_eq!(vectors.len(), texts.len());
    for (text, vector) in texts.iter().zip(&vectors) {
        assert_eq!(vector.dimensions(), embedder.dimensions());
        let length: f32 = vector.as_slice().iter().map(|v| v * v).sum();
        let expected = if text.trim().is_empty() { 0.0 } else { 1.0 };
        assert!((length - expected).abs() < 1e-3, "{length} for {text:.40?}");
    }
    assert!(vectors[0].cosine(&vectors[6]) > 0.9999, "equal texts have equal vectors");
    assert_eq!(vectors, embed(Purpose::Passage), "the same again");
    // Company in a batch makes no difference worth a mention.
    let alone = embedder.embed(&texts[..1], Purpose::Passage).expect("a vector");
    assert!(alone[0].cosine(&vectors[0]) > 0.9995);
    assert!(embedder.embed(&[], Purpose::Query).expect("nothing").is_empty());
    assert!(!embedder.name().is_empty());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let one = || embedder.embed(&texts[..1], Purpose::Passage).expect("a vector");
            scope.spawn(move || assert_eq!(one(), one()));
        }
    });
}

#[test]
fn hashing_conforms() {
    conforms(&HashingEmbedder);
}

#[test]
fn e5_conforms() {
    if let Some(embedder) = e5() {
        conforms(&embedder);
    }
}

#[test]
fn e5_finds_translations_and_answers() {
    let Some(embedder) = e5() else { return };
    let pairs = [
        ("How to bake sourdough bread at home", "如何在家烘焙酸面包"),
        ("Highlights of the football cup final", "足球杯决赛精彩集锦"),
        ("Learn to write your first Rust program", "学习编写你的第一个 Rust 程序"),
        ("Why does the moon cause tides?", "月球为什么会引起潮汐？"),
    ];
    let english: Vec<&str> = pairs.iter().map(|pair| pair.0).collect();
    let chinese: Vec<&str> = pairs.iter().map(|pair| pair.1).collect();
    let english = embedder.embed(&english, Purpose::Query).expect("vectors");
    let chinese = embedder.embed(&chinese, Purpose::Passage).expect("vectors");
    for (i, text) in english.iter().enumerate() {
        let cosines: Vec<f32> = chinese.iter().map(|other| text.cosine(other)).collect();
        eprintln!("{:<42} {cosines:.3?}", pairs[i].0);
        let others = cosines.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, c)| *c);
        let nearest_other = others.fold(0.0, f32::max);
        assert!(cosines[i] > nearest_other + 0.02, "{} {cosines:?}", pairs[i].0);
    }
}

#[test]
fn e5_without_files_says_how_to_get_them() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let error = E5Embedder::open(dir.path(), 1).err().expect("no model there");
    assert!(error.to_string().contains("vireo models pull"), "{error}");
}

#[test]
fn e5_is_converted_from_the_package() {
    let source = models_dir().join("multilingual-e5-small/e5-small-q4.bin");
    if !source.is_file() {
        eprintln!("skipped: {} is not there", source.display());
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    convert(&source, dir.path()).expect("converted, with equal results");
    assert!(E5Embedder::open(dir.path(), 2).is_ok());

    // A weight that is not the original's is noticed, and nothing is left.
    let mut bytes = std::fs::read(&source).expect("read");
    let middle = bytes.len() - 9_000_000;
    bytes[middle..middle + 200_000].fill(0x5a);
    let (broken, dir) = (dir.path().join("broken.bin"), dir.path().join("new"));
    std::fs::write(&broken, &bytes).expect("written");
    assert!(convert(&broken, &dir).is_err());
    std::fs::write(&broken, &bytes[..60_000_000]).expect("written");
    assert!(convert(&broken, &dir).is_err());
    assert_eq!(std::fs::read_dir(&dir).expect("a folder").count(), 0);
}
