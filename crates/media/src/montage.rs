//! Films cut together from parts of others, with borders at known frames:
//! what shot detection is measured on.

use crate::shots::Transition;
use crate::{Result, ffmpeg};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Frames a second, and the shape, of every montage.
pub const RATE: u32 = 25;
const SHAPE: &str = "640:360";
/// How much brighter a flash is, and how many frames it lasts.
const FLASH: &str = "lutyuv=y='min(val+90,255)'";

/// A stretch of a video.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The video.
    pub path: PathBuf,
    /// Its first second.
    pub from: f64,
    /// Frames at [`RATE`]; the last one is held if the video has fewer.
    pub frames: u32,
    /// Left and right swapped.
    pub mirrored: bool,
    /// Two frames in its middle are overexposed, as by a photographer's flash.
    pub flash: bool,
}

/// How a part follows the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joint {
    /// How.
    pub transition: Transition,
    /// Frames that a dissolve takes; frames of each ramp of a fade.
    pub frames: u32,
    /// Black frames between the ramps of a fade.
    pub black: u32,
}

/// A film that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Montage {
    /// Frames in all, at [`RATE`].
    pub frames: u32,
    /// The first and the last frame of each transition; for a cut both are the
    /// first frame of the new shot.
    pub borders: Vec<(u32, u32)>,
}

/// Writes `parts` as one film to `to` (H.264), `joints[i]` between parts `i`
/// and `i + 1`.
///
/// # Errors
/// If a part cannot be decoded or ffmpeg lacks libx264.
pub fn write(parts: &[Part], joints: &[Joint], to: &Path) -> Result<Montage> {
    let mut graph = String::new();
    let mut borders = Vec::new();
    let mut length = 0;
    for (index, part) in parts.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| joints.get(before));
        let after = joints.get(index).filter(|_| index + 1 < parts.len());
        let mut filters = filters(part);
        let fade = |joint: &&Joint| joint.transition == Transition::Fade;
        let mut lead = 0;
        if let Some(Joint { frames, black, .. }) = before.filter(fade) {
            lead = *black;
            let _ = write!(filters, ",fade=t=in:s=0:n={frames},tpad=start={black}:color=black");
        }
        if let Some(Joint { frames, .. }) = after.filter(fade) {
            let start = lead + part.frames - frames;
            let _ = write!(filters, ",fade=t=out:s={start}:n={frames}");
        }
        let _ = write!(graph, "[{index}:v:0]{filters},settb=1/{RATE},setpts=N[part{index}];");
        let Some(joint) = before else {
            let _ = write!(graph, "[part{index}]null[film{index}];");
            length = part.frames;
            continue;
        };
        let films = format!("[film{}][part{index}]", index - 1);
        let Joint { frames, black, .. } = joint;
        match joint.transition {
            Transition::Cut => borders.push((length, length)),
            Transition::Fade => borders.push((length - frames, length + black + frames)),
            Transition::Dissolve => {
                length -= frames;
                borders.push((length, length + frames));
            }
        }
        let second = |frames: u32| f64::from(frames) / f64::from(RATE);
        let _ = match joint.transition {
            Transition::Dissolve => write!(
                graph,
                "{films}xfade=transition=fade:duration={}:offset={}",
                second(*frames),
                second(length)
            ),
            _ => write!(graph, "{films}concat=n=2:v=1:a=0"),
        };
        let _ = write!(graph, ",settb=1/{RATE},setpts=N[film{index}];");
        length += lead + part.frames;
    }
    let _ = write!(graph, "[film{}]null[film]", parts.len().saturating_sub(1));
    let inputs: Vec<ffmpeg::Source<'_>> =
        parts.iter().map(|part| ffmpeg::Source { path: &part.path, from: part.from }).collect();
    let rate = RATE.to_string();
    let after = ["-filter_complex", &graph, "-map", "[film]", "-r", &rate];
    ffmpeg::write(&inputs, &[&after[..], ffmpeg::H264].concat(), to)?;
    Ok(Montage { frames: length, borders })
}

/// Brings a part to the montage's rate, shape and length.
fn filters(part: &Part) -> String {
    let Part { frames, .. } = part;
    let mut filters = format!(
        "fps={RATE},scale={SHAPE}:force_original_aspect_ratio=increase,crop={SHAPE},setsar=1,\
         format=yuv420p,tpad=stop=-1:stop_mode=clone,trim=end_frame={frames},setpts=PTS-STARTPTS"
    );
    if part.mirrored {
        filters.push_str(",hflip");
    }
    if part.flash {
        let middle = frames / 2;
        let _ = write!(filters, ",{FLASH}:enable='between(n,{middle},{})'", middle + 1);
    }
    filters
}
