//! Watches one file and prints what was understood of it.
//!
//! ```text
//! cargo run --release -p vireo-understand --example watch -- FILE [rules]
//! ```
//!
//! This is the whole of the interface: models, an input, an analysis. With
//! `rules` the card is written without the language model.

use std::error::Error;
use std::path::PathBuf;
use vireo_domain::{Timestamp, Video, VideoId};
use vireo_media::{content, sidecar};
use vireo_pretrained::Models;
use vireo_pretrained::models::Config as ModelsConfig;
use vireo_understand::{CardWriter, Config, Input, Understander};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path =
        PathBuf::from(arguments.next().ok_or("usage: watch FILE [rules]")?).canonicalize()?;
    let mut config = Config::default();
    if arguments.next().as_deref() == Some("rules") {
        config.card_writer = CardWriter::Rules;
    }

    // What is known before anybody watches: the content's name, and the
    // words of the owner.
    let id = VideoId::of_content(&content::hash(&path)?);
    let sidecars = sidecar::find(&path)?;
    let mut video = Video::new(id, "", Timestamp::now());
    for warning in sidecar::apply(&sidecars, &mut video) {
        eprintln!("warning: {warning}");
    }

    let understander = Understander::new(config, Models::new(ModelsConfig::default()));
    let covers = std::env::temp_dir().join("vireo-watch");
    let input = Input { path: &path, video, sidecars: &sidecars, covers: &covers };
    let (video, analysis) = understander.analyse(input, &|stage| {
        eprint!("\r{:>3.0} % {:<12}", stage.done * 100.0, stage.name);
    })?;
    eprintln!();

    println!("{} ({})", video.title, video.language.map_or("und".to_owned(), |l| l.to_string()));
    if let Some(transcript) = analysis.transcripts.first() {
        println!("\n{:?}, {}:", transcript.origin, transcript.detail);
        for cue in transcript.cues.iter().take(12) {
            println!("{:>8.2}  {}", cue.span.start, cue.text.replace('\n', " / "));
        }
    }
    if let Some(card) = &analysis.card {
        println!("\n{}", serde_json::to_string_pretty(card)?);
    }
    for said in &analysis.annotations {
        let at = said.span.map_or(String::new(), |span| format!(" at {:.1} s", span.start));
        println!("{:?}: {}{at} ({:.2}, {})", said.kind, said.value, said.confidence, said.model);
    }
    println!(
        "\n{} scenes, keyframes {:.1?}, cover {:?}",
        analysis.scenes.len(),
        analysis.keyframes,
        analysis.cover
    );
    for warning in &analysis.warnings {
        println!("warning: {warning}");
    }
    for time in &analysis.times {
        println!("{:>8.2} s  {}", time.seconds, time.stage);
    }
    Ok(())
}
