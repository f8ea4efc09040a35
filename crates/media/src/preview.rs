//! Short silent films that show what is in a video.

use crate::ffmpeg::{self, PATIENCE};
use crate::frames::replace;
use crate::{Error, Result};
use std::fmt::Write;
use std::path::Path;

/// Pictures a second.
const RATE: u32 = 12;

const MOST_BYTES: usize = 16 << 20;

/// Writes a film of `piece` seconds from each of `starts` (seconds, in order),
/// `width` pixels across, without sound, as H.264 in a fragmented MP4 that a
/// page can play at once. ffmpeg seeks to each piece, so that the length of
/// the video costs nothing. Through a temporary name, as
/// [`crate::frames::write_cover`]. No `starts`, or a file without pictures, is
/// an error.
pub fn write_preview(path: &Path, starts: &[f64], piece: f64, width: u32, to: &Path) -> Result<()> {
    let damaged = |reason: String| Error::Damaged { path: path.to_owned(), reason };
    if starts.is_empty() {
        return Err(damaged("there is nothing to show of it".to_owned()));
    }
    let file = ffmpeg::file_argument(path);
    let Some(file) = file.to_str() else {
        return Err(damaged("its name is no text".to_owned()));
    };
    let begins: Vec<_> = starts.iter().map(|start| ffmpeg::on_screen(*start, RATE)).collect();
    // All inputs but the last, which `ffmpeg` adds itself.
    let mut before: Vec<&str> = Vec::new();
    for (place, (options, _)) in begins.iter().enumerate() {
        before.extend(options.iter().map(String::as_str));
        if place + 1 < begins.len() {
            before.extend(["-i", file, "-protocol_whitelist", "file"]);
        }
    }
    // One shape for all pieces: a file may change its size on the way.
    let width = (width / 2 * 2).max(16);
    let height = width * 9 / 16 / 2 * 2;
    let mut graph = String::new();
    for (place, (_, begin)) in begins.iter().enumerate() {
        let _ = write!(
            graph,
            "[{place}:v:0]{begin},trim=duration={piece:.3},setpts=PTS-STARTPTS,\
             scale={width}:{height}:force_original_aspect_ratio=decrease,\
             pad={width}:{height}:-1:-1,setsar=1,format=yuv420p[v{place}];"
        );
    }
    (0..begins.len()).for_each(|place| {
        let _ = write!(graph, "[v{place}]");
    });
    let _ = write!(graph, "concat=n={}:v=1:a=0[out]", begins.len());
    let after = [
        "-filter_complex",
        &graph,
        "-map",
        "[out]",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "30",
        "-movflags",
        "frag_keyframe+empty_moov+default_base_moof",
        "-f",
        "mp4",
    ];
    let (film, ending) = ffmpeg::ffmpeg(path, &before, &after, PATIENCE)?.collect(MOST_BYTES)?;
    if film.is_empty() || !ending.success {
        return Err(damaged(format!("no preview can be made: {}", ending.log.summary())));
    }
    replace(to, &film).map_err(|source| Error::Read { path: to.to_owned(), source })
}
