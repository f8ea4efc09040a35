//! Sound as 16 kHz mono samples.

use crate::Result;
use std::path::Path;

/// Samples a second of everything in this module.
pub const SAMPLE_RATE: u32 = 16_000;

/// The sound of a file, in pieces, so that an eight-hour file needs no more
/// memory than a short one. Each item is up to 30 s of samples in [-1, 1].
/// After the last piece, [`AudioStream::warning`] says if the file broke off.
pub struct AudioStream {
    _private: (),
}

impl AudioStream {
    /// Starts decoding the best sound stream of `path`.
    pub fn open(_path: &Path) -> Result<Self> {
        todo!()
    }

    /// What ffmpeg complained of, or that less was decoded than was declared; after the end.
    pub fn warning(&self) -> Option<String> {
        todo!()
    }
}

impl Iterator for AudioStream {
    type Item = Result<Vec<f32>>;
    fn next(&mut self) -> Option<Self::Item> {
        todo!()
    }
}

/// All of it at once; for short files and tests.
pub fn read_all(path: &Path) -> Result<Vec<f32>> {
    let mut samples = Vec::new();
    for piece in AudioStream::open(path)? {
        samples.extend(piece?);
    }
    Ok(samples)
}
