//! What is in a file.

mod report;

use crate::chapters::Chapter;
use crate::{Error, Result, ffmpeg};
use report::{Report, StreamReport};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use vireo_domain::MediaFacts;

/// A subtitle stream inside a video file.
#[derive(Debug, Clone, PartialEq)]
pub struct SubtitleStream {
    /// ffmpeg's stream index in the file.
    pub index: u32,
    /// Codec (`mov_text`, `subrip`, `ass`, `hdmv_pgs_subtitle`…).
    pub codec: String,
    /// Language tag, if any.
    pub language: Option<String>,
    /// Title tag, if any.
    pub title: Option<String>,
    /// Whether the codec is text (pictures of text are for OCR).
    pub is_text: bool,
}

/// The picture or sound stream that is looked at or listened to.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// ffmpeg's stream index in the file.
    pub index: u32,
    /// Running time that the stream itself declares, in seconds.
    pub seconds: Option<f64>,
}

/// What ffprobe says.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// The plain facts; `content_hash` is left empty.
    pub facts: MediaFacts,
    /// The chosen picture stream: the default one, else the largest.
    pub picture: Option<Track>,
    /// The chosen sound stream: the default one, else the one with most channels.
    pub sound: Option<Track>,
    /// Embedded subtitles, in order.
    pub subtitles: Vec<SubtitleStream>,
    /// Title tag of the container. Its other tags are not read: `encoder`,
    /// `comment` and `handler_name` are what programs say of themselves.
    pub title: Option<String>,
    /// Chapters of the container that have a title, in order of time.
    pub chapters: Vec<Chapter>,
}

const MOST_REPORT_BYTES: usize = 16 << 20;

/// Codecs whose subtitles are text; the others are pictures of text or unknown.
const TEXT_CODECS: &[&str] = &[
    "ass",
    "eia_608",
    "hdmv_text_subtitle",
    "jacosub",
    "microdvd",
    "mov_text",
    "mpl2",
    "pjs",
    "realtext",
    "sami",
    "srt",
    "ssa",
    "stl",
    "subrip",
    "subviewer",
    "subviewer1",
    "text",
    "ttml",
    "vplayer",
    "webvtt",
];

/// Containers that only point at other files: what they show can change
/// behind our back, and a hostile one can point anywhere.
const PLAYLISTS: &[&str] = &["applehttp", "concat", "dash", "hls", "imf", "sdp"];

/// Reads what is in `path`. Empty files, renamed texts, single pictures and
/// files without a picture or sound stream are errors that say so.
pub fn probe(path: &Path) -> Result<Probe> {
    let (size_bytes, head) = look(path)?;
    let arguments = ["-of", "json", "-show_format", "-show_streams", "-show_chapters"];
    let (json, ending) =
        ffmpeg::ffprobe(path, &arguments, ffmpeg::PATIENCE)?.collect(MOST_REPORT_BYTES)?;
    if !ending.success {
        return Err(refusal(path, &head, &ending.log.summary()));
    }
    let not_video = |reason: String| Error::NotVideo { path: path.to_owned(), reason };
    let report: Report = serde_json::from_str(&String::from_utf8_lossy(&json))
        .map_err(|error| not_video(format!("ffprobe's report cannot be read: {error}")))?;
    judge(&report).map_err(not_video)?;
    Ok(describe(path, size_bytes, &report))
}

/// Size and first bytes of a plain, non-empty file.
fn look(path: &Path) -> Result<(u64, Vec<u8>)> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let kind = std::fs::metadata(path).map_err(failed)?;
    if !kind.is_file() {
        // Opening a pipe or a device could wait for ever.
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file")));
    }
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head)).map_err(failed)?;
    if head.is_empty() {
        return Err(Error::Empty(path.to_owned()));
    }
    Ok((kind.len(), head))
}

/// Why ffprobe could not read a file. It goes by the extension when it knows
/// nothing better, so "moov atom not found" is said of any text called `.mp4`.
fn refusal(path: &Path, head: &[u8], complaint: &str) -> Error {
    let path = path.to_owned();
    let is_mp4 = matches!(head.get(4..8), Some(b"ftyp" | b"moov" | b"mdat" | b"free" | b"wide"));
    if is_mp4 && complaint.contains("moov atom not found") {
        let reason = "the index (moov atom) is missing: the file breaks off or was never finished; \
                      fetch or record it again";
        return Error::Damaged { path, reason: reason.to_owned() };
    }
    let text_end = match std::str::from_utf8(head) {
        Ok(_) => head.len(),
        // The window may have cut a character in two.
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => 0,
    };
    let reason = if text_end > 0 && !head.contains(&0) {
        "it is a text file".to_owned()
    } else if complaint.is_empty() {
        "ffprobe does not know the format".to_owned()
    } else {
        format!("ffprobe does not know the format ({complaint})")
    };
    Error::NotVideo { path, reason }
}

/// Refuses what ffprobe can read but nobody would call a video.
fn judge(report: &Report) -> Result<(), String> {
    let container = report.format.format_name.as_str();
    if PLAYLISTS.iter().any(|playlist| container.split(',').any(|name| name == *playlist)) {
        return Err(format!("it is a playlist ({container}); give the files it names"));
    }
    if container == "tty" {
        return Err("it is a text file".to_owned());
    }
    if container == "image2" || container.ends_with("_pipe") {
        return Err(format!("it is a single picture ({container})"));
    }
    if report.picture().is_none() && report.sound().is_none() {
        return Err(match report.streams.first() {
            Some(stream) => {
                format!("it holds no pictures and no sound, only {}", stream.codec_type)
            }
            None => "it holds no stream".to_owned(),
        });
    }
    Ok(())
}

fn describe(path: &Path, size_bytes: u64, report: &Report) -> Probe {
    let (picture, sound) = (report.picture(), report.sound());
    let subtitles: Vec<SubtitleStream> = report
        .streams
        .iter()
        .filter(|stream| stream.codec_type == "subtitle")
        .map(|stream| SubtitleStream {
            index: stream.index,
            codec: stream.codec_name.clone(),
            language: stream.tag("language").filter(|language| language != "und"),
            title: stream.tag("title"),
            is_text: TEXT_CODECS.contains(&stream.codec_name.as_str()),
        })
        .collect();
    let longest = [picture, sound].into_iter().flatten().filter_map(StreamReport::seconds);
    let size = picture.map(StreamReport::shown_size);
    let facts = MediaFacts {
        path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string(),
        size_bytes,
        content_hash: String::new(),
        container: report.format.format_name.clone(),
        duration_seconds: report.format.seconds().unwrap_or_else(|| longest.fold(0.0, f64::max)),
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
        fps: picture.and_then(StreamReport::fps),
        video_codec: picture.map(|stream| stream.codec_name.clone()),
        audio_codec: sound.map(|stream| stream.codec_name.clone()),
        subtitle_streams: subtitles.len() as u32,
    };
    let track = |stream: &StreamReport| Track { index: stream.index, seconds: stream.seconds() };
    Probe {
        facts,
        picture: picture.map(track),
        sound: sound.map(track),
        subtitles,
        title: report.format.tag("title"),
        chapters: report.chapters(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(json: &str) -> Result<(), String> {
        judge(&serde_json::from_str(json).expect("a report"))
    }

    #[test]
    fn what_is_no_video_is_told_why() {
        let hls = r#"{"format":{"format_name":"hls"},"streams":[]}"#;
        assert!(judged(hls).expect_err("a playlist").contains("playlist"));
        let png = r#"{"format":{"format_name":"png_pipe"},"streams":[{"codec_type":"video"}]}"#;
        assert!(judged(png).expect_err("a picture").contains("single picture"));
        let srt = r#"{"format":{"format_name":"srt"},"streams":[{"codec_type":"subtitle"}]}"#;
        assert!(judged(srt).expect_err("a text").contains("only subtitle"));
    }

    #[test]
    fn a_missing_index_is_damage_only_in_an_mp4() {
        let path = Path::new("a.mp4");
        let moov = "moov atom not found";
        let broken = refusal(path, b"\0\0\0\x20ftypisom", moov);
        assert!(matches!(broken, Error::Damaged { .. }), "{broken}");
        let text = refusal(path, "今天天气".as_bytes(), moov);
        assert!(text.to_string().ends_with("it is a text file"), "{text}");
        let noise = refusal(path, &[0xff, 0, 0x80], moov);
        assert!(matches!(noise, Error::NotVideo { .. }), "{noise}");
    }
}
