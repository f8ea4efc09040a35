//! What has been learned of a video so far.

use crate::Result;
use crate::card::Claim;
use crate::material::Material;
use crate::reading::Reading;
use crate::watching::{Seen, Watching};
use std::sync::Arc;
use vireo_domain::{Analysis, Annotation, AnnotationKind, Cue, Embedding, Span, Video};
use vireo_media::audio::AudioStream;
use vireo_media::probe::Probe;

/// What has been learned of a video so far. Analysers add to it.
pub(crate) struct Draft {
    /// The video; language, duration, facts and perhaps the title are added.
    pub(crate) video: Video,
    /// Whether its title is only its file's name.
    pub(crate) named_by_file: bool,
    /// What ffprobe said.
    pub(crate) probe: Option<Probe>,
    /// The sound, from the first analyser that listens to the last: see
    /// [`crate::listening::sound`].
    pub(crate) sound: Option<AudioStream>,
    /// The pictures, while they are looked at: see [`crate::watching`].
    pub(crate) watching: Option<Watching>,
    /// Whether somebody has, to the end.
    pub(crate) has_looked: bool,
    /// What was kept of them.
    pub(crate) seen: Option<Seen>,
    /// What is written in them.
    pub(crate) reading: Option<Result<Reading>>,
    /// Where somebody speaks in all of the sound that was heard so far, where
    /// that is known.
    pub(crate) spoken: Option<Vec<Span>>,
    /// Whether any sound or picture could be decoded.
    pub(crate) decoded: bool,
    /// The shots, in order of time; none where they are not known.
    pub(crate) shots: Vec<Span>,
    /// The keyframe that makes the best cover, in seconds.
    pub(crate) best_keyframe: Option<f64>,
    /// What is written in the pictures and is in no transcript that is searched.
    pub(crate) shown: Vec<Cue>,
    /// See [`Draft::material`].
    material: Option<Arc<Material>>,
    /// Statements that become annotations.
    pub(crate) claims: Vec<Claim>,
    /// The result.
    pub(crate) analysis: Analysis,
}

impl Draft {
    /// Nothing learned yet.
    pub(crate) fn new(video: Video) -> Self {
        let analysis = Analysis {
            video: video.id.clone(),
            facts: None,
            transcripts: Vec::new(),
            scenes: Vec::new(),
            card: None,
            annotations: Vec::new(),
            embedding: Embedding::new(Vec::new()),
            embedding_model: String::new(),
            pictures: Vec::new(),
            picture_model: String::new(),
            keyframes: Vec::new(),
            cover: None,
            warnings: Vec::new(),
            times: Vec::new(),
        };
        Self {
            video,
            named_by_file: false,
            probe: None,
            sound: None,
            watching: None,
            has_looked: false,
            seen: None,
            reading: None,
            spoken: None,
            decoded: false,
            shots: Vec::new(),
            best_keyframe: None,
            shown: Vec::new(),
            material: None,
            claims: Vec::new(),
            analysis,
        }
    }

    /// The words that the video is judged by. Made once, so first asked for when
    /// all that is said and read is known.
    pub(crate) fn material(&mut self) -> Arc<Material> {
        let Self { video, named_by_file, analysis, material, .. } = self;
        let new = || Arc::new(Material::new(video, *named_by_file, analysis.transcripts.first()));
        Arc::clone(material.get_or_insert_with(new))
    }

    /// Makes annotations of the statements.
    pub(crate) fn annotate(&mut self) {
        let annotations = self.claims.drain(..).map(|claim| Annotation {
            kind: claim.kind,
            value: claim.value,
            span: claim.grounds.span,
            source: claim.grounds.source,
            evidence: claim.grounds.evidence,
            confidence: claim.grounds.confidence,
            model: claim.by,
        });
        self.analysis.annotations.extend(annotations);
    }

    /// Whether the name of the file is all that is known: nothing is said,
    /// written or recognised in it, and nothing came with it.
    pub(crate) fn is_only_named(&self) -> bool {
        use AnnotationKind::{Chapter, Label, OnScreenText};
        let is_told = |it: &Annotation| matches!(it.kind, Chapter | Label | OnScreenText);
        self.named_by_file
            && self.video.description.trim().is_empty()
            && self.video.tags.is_empty()
            && self.analysis.transcripts.is_empty()
            && !self.analysis.annotations.iter().any(is_told)
    }

    /// Notes something that went wrong without stopping the rest.
    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        self.analysis.warnings.push(warning.into());
    }
}
