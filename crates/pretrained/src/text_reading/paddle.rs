//! PP-OCR's detection and recognition networks in ONNX.

use super::{Line, Region, TextReader, detector, recogniser};
use crate::picture::Picture;
use crate::{Error, Result, clock, onnx};
use ort::session::Session;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// File names in the model's folder.
const DETECTOR: &str = "det.onnx";
const RECOGNISER: &str = "rec.onnx";
const LETTERS: &str = "keys.txt";

/// A pair of networks: one finds lines, one reads them.
pub struct PaddleReader {
    name: String,
    detector: Mutex<Session>,
    recogniser: Mutex<Session>,
    letters: Vec<String>,
}

impl PaddleReader {
    /// Opens the model in `dir` with this ONNX Runtime library and so many threads.
    pub fn open(library: &Path, dir: &Path, name: &str, threads: usize) -> Result<Self> {
        let path = dir.join(LETTERS);
        let letters = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
        let session = |file: &str| onnx::open(library, &dir.join(file), threads).map(Mutex::new);
        Ok(Self {
            name: name.to_owned(),
            detector: session(DETECTOR)?,
            recogniser: session(RECOGNISER)?,
            // Not `lines()`: some letters are line separators to Unicode.
            letters: letters.trim_end_matches('\n').split('\n').map(str::to_owned).collect(),
        })
    }
}

fn locked(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TextReader for PaddleReader {
    fn name(&self) -> &str {
        &self.name
    }

    fn find(&self, picture: &Picture<'_>) -> Result<Vec<Region>> {
        let _working = clock::working();
        detector::find(&mut locked(&self.detector), picture)
    }

    fn read(&self, picture: &Picture<'_>, regions: Vec<Region>) -> Result<Vec<Line>> {
        let _working = clock::working();
        recogniser::read(&mut locked(&self.recogniser), &self.letters, picture, regions)
    }
}
