//! The analysers, in the order in which they run.
//!
//! To add one: a file here, a `mod` line, and a line in [`ALL`].

mod annotations;
mod card;
mod chapters;
mod cover;
mod credits;
mod embedding;
mod facts;
mod keyframes;
mod loudness;
pub(crate) mod names;
mod pictures;
mod preview;
mod scenes;
mod screen;
mod shots;
mod silence;
mod sounds;
mod speech;
mod sprite;
mod subtitles;
mod tone;
pub(crate) mod warnings;

use crate::Result;
use crate::draft::Draft;
use crate::understander::Tools;
use std::path::Path;
use vireo_media::sidecar::Sidecars;

/// Learns one thing of a video.
pub(crate) trait Analyser: Sync {
    /// Its name in progress, times and warnings.
    fn name(&self) -> &'static str;

    /// Its usual share of the work, for progress; the shares add up to about 1.
    fn share(&self) -> f64;

    /// Whether an analysis without it is worth nothing, so that its failure
    /// is the analysis's.
    fn is_essential(&self) -> bool {
        false
    }

    /// Adds to the draft what it learned. An error becomes a warning, unless
    /// [`Self::is_essential`].
    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()>;
}

/// What an analyser works with.
pub(crate) struct Context<'a> {
    /// The video file.
    pub(crate) path: &'a Path,
    /// The files beside it.
    pub(crate) sidecars: &'a Sidecars,
    /// Folder that covers are written to.
    pub(crate) covers: &'a Path,
    /// Models and settings.
    pub(crate) tools: &'a Tools,
    /// Takes the share of this analyser's work that is done, 0 to 1.
    pub(crate) progress: &'a dyn Fn(f64),
}

/// In the order in which they run: each may use what those before it learned.
pub(crate) const ALL: &[&dyn Analyser] = &[
    &facts::Facts,
    &subtitles::Subtitles,
    &speech::Speech,
    &sounds::Sounds,
    &silence::Silence,
    &loudness::Loudness,
    &screen::Screen,
    &scenes::Scenes,
    &card::Cards,
    &names::Names,
    &tone::Tone,
    &warnings::Warnings,
    &embedding::Embeddings,
    &chapters::Chapters,
    &shots::ShotBorders,
    &credits::Credits,
    &pictures::Pictures,
    &keyframes::Keyframes,
    &cover::Cover,
    &preview::Preview,
    &sprite::Sprite,
    &annotations::Annotations,
];
