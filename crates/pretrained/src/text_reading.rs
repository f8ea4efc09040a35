//! Text in pictures.

use crate::Result;
use crate::picture::Picture;

mod detector;
pub mod paddle;
mod recogniser;
mod region;

pub use region::Region;

/// A line of text in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Where it is.
    pub region: Region,
    /// What it says; never blank.
    pub text: String,
    /// How sure the model is of its letters, 0 to 1.
    pub confidence: f32,
}

/// Pictures up to this height may be nothing but one line.
const ONE_LINE: usize = 160;

/// Reads text in pictures. Finding is apart from reading, so that a caller
/// who knows a line already need not have it read again.
pub trait TextReader: Send + Sync {
    /// Name for annotations (`pp-ocrv5-mobile`).
    fn name(&self) -> &str;

    /// Where there is text: lines from top to bottom, from left to right in a row.
    fn find(&self, picture: &Picture<'_>) -> Result<Vec<Region>>;

    /// What is written in each of the regions; a blank text where nothing is.
    fn read(&self, picture: &Picture<'_>, regions: Vec<Region>) -> Result<Vec<Line>>;

    /// Every line of a picture that says something.
    fn read_all(&self, picture: &Picture<'_>) -> Result<Vec<Line>> {
        let regions = self.find(picture)?;
        // A cut-out word leaves the detector no margin to see it by.
        let is_cut_out = picture.height() <= ONE_LINE && regions.len() <= 1;
        let mut lines = self.read(picture, regions)?;
        if is_cut_out {
            let whole = self.read(picture, vec![Region::whole(picture)])?;
            let best = lines.first().map_or(0.0, |line| line.confidence);
            if whole.first().is_some_and(|line| line.confidence > best) {
                lines = whole;
            }
        }
        lines.retain(|line| line.confidence >= LEGIBLE && !line.text.trim().is_empty());
        Ok(lines)
    }
}

/// Below this confidence letters are guesses (PaddleOCR's `drop_score`).
const LEGIBLE: f32 = 0.5;
