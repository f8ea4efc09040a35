//! How loud the sound is as a whole (EBU R 128, ITU-R BS.1770).

use crate::ffmpeg::{self, PATIENCE};
use crate::probe::Probe;
use crate::{Error, Result};
use std::path::Path;

/// The meter's absolute gate: what is no louder is not counted as sound.
const GATE: f64 = -70.0;
/// What ffmpeg calls the loudness from the beginning up to here.
const SO_FAR: &str = "lavfi.r128.I=";
/// Longest line of its report.
const MOST_LINE: usize = 4096;

/// Integrated loudness of the whole sound in LUFS; `None` for a file without
/// sound, and for one in which nothing is louder than the gate. Broadcasts
/// have -23, video sites about -14.
///
/// # Errors
/// If not one sample can be decoded, or ffmpeg is missing or stuck. A file that
/// breaks off later gives the loudness of what could be heard.
pub fn integrated(path: &Path, probe: &Probe) -> Result<Option<f64>> {
    let Some(sound) = &probe.sound else { return Ok(None) };
    let map = format!("0:{}", sound.index);
    let filter = "ebur128=metadata=1,ametadata=print:key=lavfi.r128.I:file=-";
    let after = ["-map", &map, "-af", filter, "-f", "null"];
    let mut run = ffmpeg::ffmpeg(path, &[], &after, PATIENCE)?;
    let (mut report, mut last) = (Vec::new(), None);
    while let Some(chunk) = run.next_chunk()? {
        report.extend(chunk);
        let end = report.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        last = said(&report[..end]).or(last);
        report.drain(..end);
        report.truncate(MOST_LINE);
    }
    let ending = run.finish()?;
    if last.is_none() && !ending.success {
        let reason = format!("the sound cannot be decoded: {}", ending.log.summary());
        return Err(Error::Damaged { path: path.to_owned(), reason });
    }
    Ok(last.filter(|loudness| *loudness > GATE))
}

/// The last loudness of a report.
fn said(report: &[u8]) -> Option<f64> {
    let report = std::str::from_utf8(report).ok()?;
    report.lines().rev().find_map(|line| line.strip_prefix(SO_FAR)?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts() {
        let report =
            b"frame:0 pts:0\nlavfi.r128.I=-70.000\nframe:1\nlavfi.r128.I=-23.100\nframe:2\n";
        assert_eq!(said(report), Some(-23.1));
        assert_eq!(said(b"lavfi.r128.I=nothing\n"), None);
        assert_eq!(said(b""), None);
    }
}
