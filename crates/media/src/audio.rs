//! Sound as 16 kHz mono samples, and what is measured while it is decoded.

use crate::ffmpeg::{self, Run};
use crate::probe::{Probe, probe};
use crate::silence::Pauses;
use crate::{Error, Result, loudness};
use std::path::{Path, PathBuf};
use vireo_domain::Span;

/// Samples a second of everything in this module.
pub const SAMPLE_RATE: u32 = 16_000;

const PIECE_SECONDS: usize = 30;
const PIECE_BYTES: usize = PIECE_SECONDS * SAMPLE_RATE as usize * size_of::<f32>();
/// Two days: a hostile time stamp must not make ffmpeg fill a century with silence.
const LONGEST_SECONDS: &str = "172800";

/// The sound of a file, in pieces, so that an eight-hour file needs no more
/// memory than a short one. Each item is up to 30 s of finite samples in
/// [-1, 1]. Sample 0 is the beginning of the file: sound that starts late, or
/// pauses, is padded with silence, so that times agree with the pictures. A
/// file without sound, or with a sound stream of no length, has no item.
/// After the last piece, [`AudioStream::warning`] says if the file broke off,
/// [`AudioStream::silent`] where nothing was heard, and
/// [`AudioStream::loudness`] how loud it was.
pub struct AudioStream {
    path: PathBuf,
    run: Option<Run>,
    /// Decoded bytes that do not fill a piece yet.
    pending: Vec<u8>,
    declared_seconds: Option<f64>,
    samples: u64,
    pauses: Pauses,
    loudness: Option<f64>,
    warning: Option<String>,
}

impl AudioStream {
    /// Starts decoding the best sound stream of `path`.
    pub fn open(path: &Path) -> Result<Self> {
        Self::of(path, &probe(path)?)
    }

    /// As [`AudioStream::open`], for a file that has been probed already.
    pub fn of(path: &Path, probe: &Probe) -> Result<Self> {
        let resampled = format!("aresample={SAMPLE_RATE}:async=1:first_pts=0[heard]");
        Self::through(&resampled, path, probe)
    }

    /// As [`AudioStream::of`], and measures how loud the sound is, by its own
    /// samples and channels. Takes as long again as decoding alone.
    pub fn metered(path: &Path, probe: &Probe) -> Result<Self> {
        let filters = format!(
            "asplit[in][metered];[metered]{},anullsink;\
             [in]aresample={SAMPLE_RATE}:async=1:first_pts=0[heard]",
            loudness::METER
        );
        Self::through(&filters, path, probe)
    }

    /// Starts decoding through filters that end in `[heard]`.
    fn through(filters: &str, path: &Path, probe: &Probe) -> Result<Self> {
        let declared = Some(probe.facts.duration_seconds).filter(|seconds| *seconds > 0.0);
        let mut stream = Self {
            path: path.to_owned(),
            run: None,
            pending: Vec::new(),
            declared_seconds: None,
            samples: 0,
            pauses: Pauses::default(),
            loudness: None,
            warning: None,
        };
        if let Some(sound) = &probe.sound {
            stream.declared_seconds = sound.seconds.or(declared);
            let graph = format!("[0:{}]{filters}", sound.index);
            let rate = SAMPLE_RATE.to_string();
            let after = [
                "-filter_complex",
                &graph,
                "-map",
                "[heard]",
                "-ac",
                "1",
                "-ar",
                &rate,
                "-t",
                LONGEST_SECONDS,
                "-c:a",
                "pcm_f32le",
                "-f",
                "f32le",
            ];
            stream.run = Some(ffmpeg::ffmpeg(path, &[], &after, ffmpeg::PATIENCE)?);
        }
        Ok(stream)
    }

    /// Decodes what nobody has asked for yet, for what is measured of it.
    pub fn hear_out(&mut self) -> Result<()> {
        self.try_for_each(|piece| piece.map(drop))
    }

    /// Seconds that were decoded so far.
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(SAMPLE_RATE)
    }

    /// Parts of two seconds or more in which nothing was heard so far. A file
    /// without a sound stream has none: it has no sound to be silent.
    pub fn silent(&self) -> Vec<Span> {
        self.pauses.found()
    }

    /// Integrated loudness of the whole sound in LUFS, after the end of a
    /// [metered](AudioStream::metered) one; `None` where nothing was louder
    /// than the meter's gate. Broadcasts have -23, video sites about -14. A file
    /// that breaks off has the loudness of what could be heard.
    pub fn loudness(&self) -> Option<f64> {
        self.loudness
    }

    /// What ffmpeg complained of, or that less was decoded than was declared;
    /// after the end, and once.
    pub fn warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// Reads on until a piece is full or the sound is over.
    fn fill(&mut self) -> Result<()> {
        while self.pending.len() < PIECE_BYTES {
            let Some(run) = &mut self.run else { return Ok(()) };
            match run.next_chunk() {
                Ok(Some(chunk)) => self.pending.extend(chunk),
                Ok(None) => return self.end(),
                Err(error) => {
                    self.run = None;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Compares what came with what was declared: ffmpeg calls a file that
    /// breaks off a success.
    fn end(&mut self) -> Result<()> {
        let Some(run) = self.run.take() else { return Ok(()) };
        let ending = run.finish()?;
        let complaint = ending.log.summary();
        self.loudness = ending.log.loudness.and_then(loudness::above_gate);
        let bytes = self.samples * size_of::<f32>() as u64 + self.pending.len() as u64;
        if bytes == 0 && !ending.success {
            let reason = format!("the sound cannot be decoded: {complaint}");
            return Err(Error::Damaged { path: self.path.clone(), reason });
        }
        let seconds = bytes as f64 / size_of::<f32>() as f64 / f64::from(SAMPLE_RATE);
        let breaks_off = self
            .declared_seconds
            .filter(|declared| seconds + (0.02 * declared).max(1.0) < *declared)
            .map(|declared| format!("the sound ends at {seconds:.1} s of {declared:.1} s"));
        let parts = breaks_off.into_iter().chain((!complaint.is_empty()).then_some(complaint));
        let warning = parts.collect::<Vec<_>>().join("; ");
        self.warning = (!warning.is_empty()).then_some(warning);
        Ok(())
    }
}

impl Iterator for AudioStream {
    type Item = Result<Vec<f32>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.fill() {
            self.pending.clear();
            return Some(Err(error));
        }
        let rest = self.pending.split_off(self.pending.len().min(PIECE_BYTES));
        let piece: Vec<f32> = std::mem::replace(&mut self.pending, rest)
            .chunks_exact(size_of::<f32>())
            .map(|bytes| clean(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])))
            .collect();
        self.samples += piece.len() as u64;
        self.pauses.push(&piece);
        (!piece.is_empty()).then_some(Ok(piece))
    }
}

/// Decoders of damaged float sound do give NaN, and loud sound overshoots.
fn clean(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}

/// All of it at once; for short files and tests.
pub fn read_all(path: &Path) -> Result<Vec<f32>> {
    let mut samples = Vec::new();
    for piece in AudioStream::open(path)? {
        samples.extend(piece?);
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn samples_are_finite_and_bounded() {
        let cleaned = [f32::NAN, f32::INFINITY, 3.0, -1.5, 0.25].map(clean);
        assert_eq!(cleaned, [0.0, 0.0, 1.0, -1.0, 0.25]);
    }
}
