//! Videos that are known by their metadata only.

use crate::analysers::{names, warnings};
use crate::card::{Support, by_rules};
use crate::draft::Draft;
use crate::material::Material;
use crate::understander::Tools;
use crate::{Result, meaning};
use std::time::Instant;
use vireo_domain::{Analysis, StageTime, Video};
use vireo_pretrained::embedding::Purpose;

/// See [`crate::Understander::describe`].
pub(crate) fn describe(tools: &Tools, videos: &[Video]) -> Result<Vec<Analysis>> {
    let embedder = tools.models.text_embedder()?;
    let categories = tools.categories(&*embedder)?;
    let baseline = tools.baseline(&*embedder)?;
    let mut analyses = Vec::with_capacity(videos.len());
    for batch in videos.chunks(meaning::BATCH) {
        let started = Instant::now();
        let texts: Vec<String> = batch.iter().map(|video| meaning::about(video, &[])).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors = embedder.embed(&texts, Purpose::Passage)?;
        let each = started.elapsed().as_secs_f64() / batch.len() as f64;
        for (video, vector) in batch.iter().zip(vectors) {
            let started = Instant::now();
            let mut draft = Draft::new(video.clone());
            let material = Material::new(video, false, None);
            if !material.is_thin() {
                let category = categories.choose(&material, video.category.as_deref(), &vector);
                let support = Support::new(&material, &*embedder, baseline);
                let written = by_rules(&material, category.as_ref(), &support);
                draft.analysis.card = Some(written.card);
                draft.claims = written.claims;
            }
            draft.claims.extend(names::claims(&material));
            draft.claims.extend(warnings::claims(&material));
            draft.annotate();
            let mut analysis = draft.analysis;
            analysis.embedding = vector;
            embedder.name().clone_into(&mut analysis.embedding_model);
            analysis.times = vec![
                StageTime { stage: "card".to_owned(), seconds: started.elapsed().as_secs_f64() },
                StageTime { stage: "embedding".to_owned(), seconds: each },
            ];
            analyses.push(analysis);
        }
    }
    Ok(analyses)
}
