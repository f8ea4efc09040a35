//! What stops an analysis. Everything less is a warning inside it.

use std::any::Any;
use std::path::PathBuf;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What stops an analysis.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be used at all.
    #[error(transparent)]
    Media(#[from] vireo_media::Error),
    /// A model that nothing works without.
    #[error(transparent)]
    Model(#[from] vireo_pretrained::Error),
    /// The folder of covers cannot be made.
    #[error("cannot make the folder of covers {path}: {source}", path = path.display())]
    Cover {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An analyser has a bug.
    #[error("the analyser {stage} broke down ({words}); please report it with the file")]
    Panic {
        /// Which analyser.
        stage: &'static str,
        /// The panic's words.
        words: String,
    },
    /// A head was given nothing to tell apart.
    #[error(
        "a head needs examples of at least two labels{of}; there are {examples} of {labels}",
        of = if task.is_empty() { String::new() } else { format!(" of {task}") }
    )]
    OneLabel {
        /// Of which task; empty where nothing else is asked.
        task: String,
        /// How many examples.
        examples: usize,
        /// Of how many labels.
        labels: usize,
    },
    /// A head over time cannot be trained.
    #[error(transparent)]
    Training(#[from] vireo_learn::Error),
    /// A head may look at nothing.
    #[error("a head needs at least one view of the texts")]
    NoView,
}

impl Error {
    /// Of what a caught panic left.
    pub(crate) fn panicked(stage: &'static str, panic: &(dyn Any + Send)) -> Self {
        let words = panic
            .downcast_ref::<&str>()
            .map(|words| (*words).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Self::Panic { stage, words }
    }
}
