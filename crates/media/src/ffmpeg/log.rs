//! What ffmpeg and ffprobe say on stderr.

use crate::loudness;
use std::io::{BufRead, BufReader, Read};

const MOST_COMPLAINTS: usize = 40;
/// More `showinfo` lines than any caller asks pictures of.
const MOST_TIMES: usize = 100_000;

/// What a program wrote to stderr.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Its errors, each said once, without pointers and paths.
    pub(crate) complaints: Vec<String>,
    /// Seconds of the pictures that passed a `showinfo` filter, in order.
    pub(crate) picture_times: Vec<f64>,
    /// Loudness of the sound that passed [`loudness::METER`], in LUFS.
    pub(crate) loudness: Option<f64>,
}

impl Log {
    /// Reads to the end, so that the program never blocks on a full pipe.
    pub(super) fn read(stderr: impl Read) -> Self {
        let mut log = Self::default();
        let mut reader = BufReader::new(stderr);
        let mut line = Vec::new();
        loop {
            line.clear();
            // A hostile tag can be a line of gigabytes: take it in pieces.
            match reader.by_ref().take(8192).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return log,
                Ok(_) => note(&mut log, &String::from_utf8_lossy(&line)),
            }
        }
    }

    /// The errors in one line, empty if there were none.
    pub(crate) fn summary(&self) -> String {
        let more = self.complaints.len().saturating_sub(3);
        let more = (more > 0).then(|| format!("and {more} more"));
        let first = self.complaints.iter().take(3).cloned();
        first.chain(more).collect::<Vec<_>>().join("; ")
    }
}

fn note(log: &mut Log, line: &str) {
    if let Some(time) = line.split_once("pts_time:").map(|(_, rest)| rest) {
        let time = time.split_whitespace().next().and_then(|time| time.parse::<f64>().ok());
        if log.picture_times.len() < MOST_TIMES {
            log.picture_times.push(time.filter(|time| time.is_finite()).unwrap_or(0.0).max(0.0));
        }
        return;
    }
    if let Some(loudness) = loudness::told(line) {
        log.loudness = Some(loudness);
        return;
    }
    let message = ["[error] ", "[fatal] ", "[panic] "]
        .iter()
        .find_map(|level| line.split_once(level))
        .map(|(_, message)| message.trim());
    let Some(message) = message.filter(|message| !message.is_empty()) else { return };
    // "file:/videos/a.mp4: Invalid data…": our error names the path already.
    let message = match message.strip_prefix("file:") {
        Some(rest) => rest.rsplit_once(": ").map_or(rest, |(_, reason)| reason),
        None => message,
    };
    let message: String = message.chars().take(200).collect();
    if log.complaints.len() < MOST_COMPLAINTS && !log.complaints.contains(&message) {
        log.complaints.push(message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_errors_and_times_only() {
        let stderr = "\
[mov,mp4 @ 0x55] [error] moov atom not found
[error] file:/a: b/c.mp4: Invalid data found
[mov,mp4 @ 0x77] [error] moov atom not found
[info]   Metadata:
[Parsed_ebur128_2 @ 0x5] [info] Summary:

  Integrated loudness:
    I:         -23.1 LUFS
    Threshold: -33.4 LUFS
[Parsed_showinfo_3 @ 0x5] [info] n:   1 pts:  51200 pts_time:4.5     pos: 1
[warning] deprecated
";
        let log = Log::read(stderr.as_bytes());
        assert_eq!(log.complaints, ["moov atom not found", "Invalid data found"]);
        assert_eq!((log.picture_times.as_slice(), log.loudness), (&[4.5][..], Some(-23.1)));
        assert_eq!(log.summary(), "moov atom not found; Invalid data found");
    }
}
