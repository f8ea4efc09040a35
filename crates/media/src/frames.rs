//! Pictures: keyframes, the cover, and frames at given times.

use crate::Result;
use crate::probe::Probe;
use std::path::Path;

/// A grey picture, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct GreyFrame {
    /// Seconds from the beginning.
    pub at: f64,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// `width * height` brightness values.
    pub pixels: Vec<u8>,
}

/// Times in seconds of up to `limit` frames that show something, spread over
/// the video: sharp, not black, unlike each other. One decoding pass at low size.
/// Empty for a file without pictures.
pub fn keyframes(_path: &Path, _probe: &Probe, _limit: usize) -> Result<Vec<f64>> {
    todo!()
}

/// Writes the frame at `at` seconds as a JPEG no wider than `width` (through
/// a temporary name, so that a killed run leaves no half picture).
pub fn write_cover(_path: &Path, _at: f64, _width: u32, _to: &Path) -> Result<()> {
    todo!()
}
