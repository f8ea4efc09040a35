//! The meaning of each scene and of the whole video.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::meaning::{self, Part};
use crate::text::fold;
use vireo_domain::Scene;
use vireo_pretrained::embedding::Purpose;

/// See the module.
pub(super) struct Embeddings;

impl Analyser for Embeddings {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn share(&self) -> f64 {
        0.09
    }

    /// A video without a vector would never be recommended, and never say why.
    fn is_essential(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let embedder = context.tools.models.text_embedder()?;
        embedder.name().clone_into(&mut draft.analysis.embedding_model);
        let keywords = draft.analysis.card.as_ref().map(|card| card.keywords.clone());
        let about = meaning::about(&draft.video, &keywords.unwrap_or_default());
        let about = embedder.embed(&[&about], Purpose::Passage)?.pop();
        let scenes = &mut draft.analysis.scenes;
        let runs = meaning::runs(scenes, meaning::PART);
        let seconds: Vec<f64> = runs.iter().map(|run| length(run)).collect();
        let scenes_apart = scenes.chunks(1);
        let texts: Vec<String> = scenes_apart.chain(runs).map(text).collect();
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(meaning::BATCH) {
            let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
            vectors.extend(embedder.embed(&batch, Purpose::Passage)?);
            (context.progress)(vectors.len() as f64 / texts.len() as f64);
        }
        let parts = vectors.split_off(scenes.len()).into_iter().zip(seconds);
        let parts: Vec<Part> =
            parts.map(|(embedding, seconds)| Part { embedding, seconds }).collect();
        for (scene, vector) in scenes.iter_mut().zip(vectors) {
            scene.embedding = vector;
        }
        draft.analysis.embedding = meaning::of_video(about, &parts, embedder.dimensions());
        Ok(())
    }
}

fn length(run: &[Scene]) -> f64 {
    run.iter().map(|scene| scene.span.seconds()).sum()
}

/// What is embedded; nothing where nothing is said.
fn text(run: &[Scene]) -> String {
    let texts: Vec<&str> = run.iter().map(|scene| scene.text.as_str()).collect();
    let text = fold(&texts.join("\n"));
    if meaning::says_something(&text) { text } else { String::new() }
}
