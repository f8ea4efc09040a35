//! The meaning of each scene and of the whole video.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::meaning;
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
        let count = scenes.len().max(1);
        for (done, batch) in scenes.chunks_mut(meaning::BATCH).enumerate() {
            let texts: Vec<String> = batch.iter().map(|s| crate::text::fold(&s.text)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let vectors = embedder.embed(&texts, Purpose::Passage)?;
            for (scene, vector) in batch.iter_mut().zip(vectors) {
                scene.embedding = vector;
            }
            (context.progress)((done * meaning::BATCH) as f64 / count as f64);
        }
        draft.analysis.embedding =
            meaning::of_video(about, &draft.analysis.scenes, embedder.dimensions());
        Ok(())
    }
}
