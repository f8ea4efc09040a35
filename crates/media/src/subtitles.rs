//! Subtitle formats: SRT, WebVTT, ASS/SSA, TTML in; SRT and WebVTT out. Any encoding.

mod ass;
pub(crate) mod encoding;
pub(crate) mod markup;
mod srt;
mod time;
mod ttml;
mod vtt;

use crate::{Error, Result, ffmpeg};
use std::path::Path;
use std::time::Duration;
use vireo_domain::{Cue, Span};

/// A subtitle format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
    /// Advanced SubStation Alpha and its ancestor.
    Ass,
    /// Timed Text Markup Language.
    Ttml,
}

/// The cues of a subtitle file and what was odd about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Subtitles {
    /// In order of time; markup removed.
    pub cues: Vec<Cue>,
    /// Recognised format.
    pub format: Format,
    /// Encoding it was read in (`UTF-8`, `windows-1250`, `UTF-16BE`…).
    pub encoding: String,
    /// Lines that were passed over, with the reason.
    pub warnings: Vec<String>,
}

/// A file of more bytes is refused; the longest films need less than 1 MiB.
pub const MOST_BYTES: u64 = 64 << 20;

const MOST_WARNINGS: usize = 20;
/// Subtitles come so seldom that ffmpeg can read gigabytes between two of them.
const EMBEDDED_PATIENCE: Duration = Duration::from_mins(10);

/// Reads a file; the format is told by its content, then its extension.
pub fn read(path: &Path) -> Result<Subtitles> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > MOST_BYTES {
        return Err(too_large(path, size));
    }
    parse(&std::fs::read(path).map_err(failed)?, path)
}

/// Reads bytes; `name` is for errors and for the extension.
pub fn parse(bytes: &[u8], name: &Path) -> Result<Subtitles> {
    if bytes.is_empty() {
        return Err(Error::Empty(name.to_owned()));
    }
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large(name, bytes.len() as u64));
    }
    let refused = |line, reason: String| Error::Syntax { path: name.to_owned(), line, reason };
    if bytes.get(3..6) == Some(b"STL") {
        let reason = "EBU STL is a binary format that is not read; convert it to SRT";
        return Err(refused(0, reason.to_owned()));
    }
    let decoded = encoding::decode(bytes);
    if decoded.text.contains('\0') {
        return Err(refused(0, "these are binary data, not subtitles".to_owned()));
    }
    // "\r\r\n" is what a text-mode copy of CRLF leaves.
    let text = decoded.text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace('\r', "\n");
    let format = recognise(&text, name).map_err(|reason| refused(1, reason))?;
    let mut draft = Draft::default();
    if decoded.damaged {
        draft.warn(0, "some bytes are no characters in this encoding");
    }
    match format {
        Format::Srt => srt::parse(&text, &mut draft),
        Format::Vtt => vtt::parse(&text, &mut draft),
        Format::Ass => ass::parse(&text, &mut draft),
        Format::Ttml => {
            ttml::parse(&text, &mut draft).map_err(|(line, reason)| refused(line, reason))?;
        }
    }
    Ok(draft.finish(format, decoded.encoding))
}

/// Reads a text stream embedded in a video file (`index` is ffmpeg's stream
/// index). Pictures of text are an error that says so.
pub fn read_embedded(video: &Path, index: u32) -> Result<Subtitles> {
    let map = format!("0:{index}");
    let run = ffmpeg::ffmpeg(video, &[], &["-map", &map, "-f", "srt"], EMBEDDED_PATIENCE)?;
    let (bytes, ending) = run.collect(MOST_BYTES as usize)?;
    if !ending.success && bytes.is_empty() {
        let reason = format!("subtitle stream {index} is no text: {}", ending.log.summary());
        return Err(Error::Syntax { path: video.to_owned(), line: 0, reason });
    }
    if bytes.is_empty() {
        return Ok(Draft::default().finish(Format::Srt, "UTF-8".to_owned()));
    }
    // The extension is the video's: say what the bytes are.
    let mut subtitles = parse(&bytes, &video.with_extension("srt"))?;
    if !ending.log.complaints.is_empty() {
        subtitles.warnings.push(ending.log.summary());
    }
    Ok(subtitles)
}

/// As a WebVTT file.
pub fn to_vtt(cues: &[Cue]) -> String {
    vtt::write(cues)
}

/// As a SubRip file.
pub fn to_srt(cues: &[Cue]) -> String {
    srt::write(cues)
}

fn too_large(path: &Path, size: u64) -> Error {
    let reason = format!("{} MiB are too large for subtitles (at most 64 MiB)", size >> 20);
    Error::Syntax { path: path.to_owned(), line: 0, reason }
}

/// Tells the format by the first line that says something, then by the extension.
fn recognise(text: &str, name: &Path) -> Result<Format, String> {
    let start = text.trim_start();
    let first = start.lines().next().unwrap_or("").trim().to_ascii_lowercase();
    let extension = name.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if first.starts_with("webvtt") {
        return Ok(Format::Vtt);
    }
    let is_section = |line: &str| line.starts_with('[') && line.ends_with(']');
    let is_ass = |line: &str| {
        is_section(line)
            && (line.contains("script info") || line == "[events]" || line.contains("styles"))
    };
    let named_ass = matches!(extension.as_str(), "ass" | "ssa");
    if is_ass(&first) || (named_ass && text.lines().any(|line| line.starts_with("Dialogue:"))) {
        return Ok(Format::Ass);
    }
    if start.starts_with('<') && (start.contains("<tt") || start.contains(":tt")) {
        return Ok(Format::Ttml);
    }
    if text.lines().any(|line| time::range(line).is_some()) {
        return Ok(if extension == "vtt" { Format::Vtt } else { Format::Srt });
    }
    if first.starts_with("<sami") {
        return Err("SAMI subtitles are not read; convert them to SRT".to_owned());
    }
    if first.starts_with('{') && first.contains("}{") {
        return Err("MicroDVD subtitles are not read; convert them to SRT".to_owned());
    }
    Err("there is no line like \"00:00:01,000 --> 00:00:02,000\": \
         this is not SRT, WebVTT, ASS or TTML"
        .to_owned())
}

/// Cues and warnings as a parser finds them.
#[derive(Default)]
struct Draft {
    cues: Vec<Cue>,
    warnings: Vec<String>,
    unsaid: usize,
}

impl Draft {
    /// A cue of plain text at `start` to `end` milliseconds; one without text is passed over.
    fn cue(&mut self, (start, end): (i64, i64), text: &str) {
        let text = tidy(text);
        if !text.is_empty() {
            let seconds = |ms: i64| ms.clamp(0, time::MOST_MS) as f64 / 1000.0;
            self.cues.push(Cue::new(Span::new(seconds(start), seconds(end)), text));
        }
    }

    /// `line` counts from 1; 0 when there is none. A file full of rubbish
    /// gives a few warnings and a count.
    fn warn(&mut self, line: usize, reason: &str) {
        if self.warnings.len() == MOST_WARNINGS {
            self.unsaid += 1;
        } else if line == 0 {
            self.warnings.push(reason.to_owned());
        } else {
            self.warnings.push(format!("line {line}: {reason}"));
        }
    }

    /// Warns of times that cannot be meant; they are clamped.
    fn check(&mut self, line: usize, (start, end): (i64, i64)) {
        if start < 0 || end < 0 {
            self.warn(line, "a time before the beginning is taken as 0");
        } else if start > time::MOST_MS || end > time::MOST_MS {
            self.warn(line, "a time after 100 hours is taken as 100 hours");
        } else if end < start {
            self.warn(line, "the end lies before the start");
        }
    }

    fn finish(mut self, format: Format, encoding: String) -> Subtitles {
        // Stable: cues of the same moment stay as they were written.
        self.cues.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
        if self.cues.is_empty() {
            self.warn(0, "there is no cue with text");
        }
        if self.unsaid > 0 {
            self.warnings.push(format!("and {} more", self.unsaid));
        }
        Subtitles { cues: self.cues, format, encoding, warnings: self.warnings }
    }
}

/// The one form that cue texts have: no control characters, lines without
/// space around them, no blank line first or last.
fn tidy(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| *c == '\n' || !c.is_control())
        .collect();
    let lines: Vec<&str> = plain.split('\n').map(str::trim).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests;
