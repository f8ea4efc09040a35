//! A model of pictures and words that the user pins in `models.toml`, pulled
//! from a hub and opened.

use crate::hub::Hub;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::Path;
use vireo_pretrained::catalogue::{Catalogue, Job, USER_CATALOGUE};
use vireo_pretrained::fetch::{self, Options};
use vireo_pretrained::models::Config;
use vireo_pretrained::picture::Picture;
use vireo_pretrained::picture_text::colours::{self, Export};
use vireo_pretrained::{Models, Result};

const FILES: [&str; 5] = [
    "onnx/vision_model.onnx",
    "onnx/text_model.onnx",
    "tokenizer.json",
    "tokenizer_config.json",
    "preprocessor_config.json",
];

/// The entry of a model whose files the hub at `address` has.
fn entry(address: &str, bodies: &[Vec<u8>]) -> String {
    let mut entry =
        "[[model]]\nname = \"colours\"\njob = \"picture-text\"\nformat = \"clip-onnx\"\n\
                     licence = \"Apache-2.0\"\n"
            .to_owned();
    for (file, body) in FILES.iter().zip(bodies) {
        let (size, sha256) = (body.len(), Sha256::digest(body));
        _ = write!(
            entry,
            "[[model.file]]\npath = \"{file}\"\nsize = {size}\nsha256 = \"{sha256:x}\"\n\
             sources = [[{{ url = \"{address}/{file}\" }}]]\n"
        );
    }
    entry
}

fn models(dir: &Path) -> Models {
    let (dir, profile) = (Some(dir.to_owned()), "hub".to_owned());
    Models::new(Config { dir, profile, ..Config::default() })
}

#[test]
fn what_models_toml_pins_is_pulled_and_opened() -> Result<()> {
    let there = tempfile::tempdir().expect("a folder");
    colours::write(there.path(), Export::Clip)?;
    let read = |file: &&str| std::fs::read(there.path().join(file)).expect("written");
    let bodies: Vec<Vec<u8>> = FILES.iter().map(read).collect();
    let paths = FILES.map(|file| format!("/{file}"));
    let served: Vec<(&str, &[u8])> =
        paths.iter().map(String::as_str).zip(bodies.iter().map(Vec::as_slice)).collect();
    let hub = Hub::start(&served);

    let dir = tempfile::tempdir().expect("a folder");
    let text = entry(&hub.address, &bodies);
    std::fs::write(dir.path().join(USER_CATALOGUE), &text).expect("written");
    assert!(models(dir.path()).picture_text()?.is_none(), "pinned, but not fetched");
    let catalogue = Catalogue::parse(&text).expect("sound");
    let report = fetch::pull(&catalogue, dir.path(), "hub", &Options::default(), &mut |_| {})?;
    assert_eq!(report.fetched.len(), FILES.len());

    let models = models(dir.path());
    let status = models.status()?;
    let own = status.iter().find(|status| status.job == Job::PictureText).expect("listed");
    assert_eq!((&*own.model, own.is_present), ("colours", true));
    if !colours::copy_runtime(dir.path())? {
        return Ok(());
    }
    let model = models.picture_text()?.expect("fetched");
    assert_eq!(model.name(), "colours");
    let green = [0, 255, 0].repeat(9);
    let picture = Picture::new(3, 3, &green).expect("whole");
    let seen = model.embed_pictures(&[picture])?.remove(0);
    let said = model.embed_texts(&["green", "绿色", "blue"])?;
    let cosines: Vec<f32> = said.iter().map(|words| words.cosine(&seen)).collect();
    assert!(cosines[0] > 0.99 && cosines[1] > 0.99 && cosines[2] < 0.0, "{cosines:?}");
    Ok(())
}
