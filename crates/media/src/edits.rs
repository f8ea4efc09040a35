//! Edited copies of a video, as people upload them: what near-duplicate
//! detection is measured on.

use crate::{Result, ffmpeg};
use std::path::Path;

/// What people do to a video before they upload it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Coded again, badly.
    Reencode,
    /// A tenth cut away on every side.
    Crop,
    /// Left and right swapped.
    Mirror,
    /// A fifth cut away at the beginning and a tenth at the end.
    Trim,
    /// Ten percent faster.
    Faster,
    /// Ten percent slower.
    Slower,
    /// Black bars above and below.
    Letterbox,
    /// A logo in a corner.
    Logo,
    /// Without colours.
    Grey,
    /// Another frame rate.
    FrameRate,
    /// A line of text over it.
    Text,
}

impl Edit {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Reencode,
        Self::Crop,
        Self::Mirror,
        Self::Trim,
        Self::Faster,
        Self::Slower,
        Self::Letterbox,
        Self::Logo,
        Self::Grey,
        Self::FrameRate,
        Self::Text,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reencode => "re-encode",
            Self::Crop => "crop",
            Self::Mirror => "mirror",
            Self::Trim => "trim",
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Letterbox => "letterbox",
            Self::Logo => "logo",
            Self::Grey => "grey",
            Self::FrameRate => "frame-rate",
            Self::Text => "text",
        }
    }

    /// The filter that does it, for a video of `seconds`.
    fn filter(self, seconds: f64) -> String {
        let (from, to) = (0.2 * seconds, 0.9 * seconds);
        match self {
            Self::Reencode => "scale=trunc(iw*0.3)*2:trunc(ih*0.3)*2".to_owned(),
            Self::Crop => "crop=iw*0.8:ih*0.8".to_owned(),
            Self::Mirror => "hflip".to_owned(),
            Self::Trim => format!("trim={from:.3}:{to:.3},setpts=PTS-STARTPTS"),
            Self::Faster => "setpts=PTS/1.1".to_owned(),
            Self::Slower => "setpts=PTS/0.9".to_owned(),
            Self::Letterbox => "pad=iw:ih*1.3333:0:(oh-ih)/2:black".to_owned(),
            Self::Logo => "drawbox=x=iw*0.82:y=ih*0.05:w=iw*0.13:h=ih*0.13:color=red:t=fill,\
                           drawbox=x=iw*0.85:y=ih*0.08:w=iw*0.07:h=ih*0.07:color=white:t=fill"
                .to_owned(),
            Self::Grey => "hue=s=0".to_owned(),
            Self::FrameRate => "fps=15".to_owned(),
            Self::Text => "drawtext=text='WATCH THIS UNTIL THE END':fontsize=h/12:\
                           fontcolor=white:borderw=3:x=(w-tw)/2:y=h*0.8"
                .to_owned(),
        }
    }
}

/// Writes an edited copy of `path`, `seconds` long, to `to` (H.264, without sound).
///
/// # Errors
/// If the video cannot be decoded, or ffmpeg lacks libx264 or (for text) freetype.
pub fn write(path: &Path, seconds: f64, edit: Edit, to: &Path) -> Result<()> {
    let even = "scale=trunc(iw/2)*2:trunc(ih/2)*2,setsar=1,format=yuv420p";
    let filter = format!("{},{even}", edit.filter(seconds));
    let after = ["-map", "0:v:0", "-vf", &filter];
    let source = ffmpeg::Source { path, from: 0.0 };
    ffmpeg::write(&[source], &[&after[..], ffmpeg::H264].concat(), to)
}
