//! Labels from the admin's word on statements: what was approved is an example
//! of what it states, what was rejected one of [`NONE`].

use super::{App, Labelled, NONE, Subject};
use crate::app::temporal_heads::LabelledClip;
use crate::app::verdicts::{Verdict, Verdicts};
use anyhow::{Result, ensure};
use std::path::PathBuf;
use vireo_domain::{AnnotationKind, VideoId};

impl App {
    /// The videos with an approved statement of a kind, labelled by what it
    /// states. Those of which all that was judged was rejected are none of them.
    ///
    /// # Errors
    /// If nothing of the kind was judged.
    pub async fn approved_texts(&self, kind: AnnotationKind) -> Result<Vec<Labelled>> {
        let mut labelled = Vec::new();
        for (video, verdicts) in self.judged(kind).await? {
            let approved: Vec<&str> = verdicts.of(kind, Verdict::Approved).collect();
            let labels = if approved.is_empty() { vec![NONE] } else { approved };
            labelled.extend(labels.into_iter().map(|label| Labelled {
                of: Subject::Video(video.clone()),
                label: label.to_owned(),
            }));
        }
        Ok(labelled)
    }

    /// The parts of videos that a judged statement of a kind is about, labelled
    /// by what it states if it was approved. Where clips may have several labels
    /// a rejected part has none of them, else it is [`NONE`].
    ///
    /// # Errors
    /// If nothing of the kind was judged.
    pub async fn approved_clips(
        &self,
        kind: AnnotationKind,
        is_multi: bool,
    ) -> Result<Vec<LabelledClip>> {
        let mut clips = Vec::new();
        for (id, verdicts) in self.judged(kind).await? {
            let Some((video, Some(analysis))) = self.video(&id).await? else { continue };
            let path = video.media.map(|media| PathBuf::from(media.path));
            let Some(path) = path.filter(|path| path.is_file()) else { continue };
            for it in analysis.annotations.iter().filter(|it| it.kind == kind) {
                let labels = match verdicts.on(kind, &it.value) {
                    Some(Verdict::Approved) => vec![it.value.clone()],
                    Some(Verdict::Rejected) if is_multi => Vec::new(),
                    Some(Verdict::Rejected) => vec![NONE.to_owned()],
                    None => continue,
                };
                let source = id.to_string();
                clips.push(LabelledClip {
                    path: path.clone(),
                    span: it.span,
                    labels: vec![Some(labels)],
                    source,
                });
            }
        }
        Ok(clips)
    }

    /// The videos that are still there, with a verdict on a statement of a kind.
    async fn judged(&self, kind: AnnotationKind) -> Result<Vec<(VideoId, Verdicts)>> {
        let mut judged = Vec::new();
        for (id, verdicts) in self.all_verdicts().await? {
            let id = VideoId::new(&id)?;
            let is_judged = [Verdict::Approved, Verdict::Rejected]
                .into_iter()
                .any(|verdict| verdicts.of(kind, verdict).next().is_some());
            if is_judged && self.store.video(&id).await?.is_some() {
                judged.push((id, verdicts));
            }
        }
        ensure!(
            !judged.is_empty(),
            "no statement of this kind was approved or rejected yet; a head needs two labels with \
             {} approved videos each (videos of which all was rejected count as {NONE})",
            super::LEAST
        );
        Ok(judged)
    }
}
