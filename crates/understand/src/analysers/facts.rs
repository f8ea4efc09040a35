//! What ffprobe says, and a title for videos that came without one.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::text::title;
use vireo_media::probe;

/// See the module.
pub(super) struct Facts;

impl Analyser for Facts {
    fn name(&self) -> &'static str {
        "facts"
    }

    fn share(&self) -> f64 {
        0.02
    }

    /// What ffprobe cannot read, nobody can watch.
    fn is_essential(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let path = context.path;
        let probe = probe::probe(path)?;
        let mut facts = probe.facts.clone();
        let known = draft.video.media.take().unwrap_or_default();
        facts.content_hash = known.content_hash;
        if facts.path.is_empty() {
            facts.path = known.path;
        }
        if facts.duration_seconds > 0.0 {
            draft.video.duration_seconds = Some(facts.duration_seconds);
        }
        if title::is_file_name(&draft.video.title, path) {
            let tagged = probe.title.as_deref().map(str::trim).filter(|t| title::is_worthy(t));
            draft.named_by_file = tagged.is_none();
            draft.video.title = tagged.map_or_else(|| title::title_of(path), str::to_owned);
        }
        draft.video.media = Some(facts.clone());
        draft.analysis.facts = Some(facts);
        draft.probe = Some(probe);
        Ok(())
    }
}
