//! Clips that differ only in the order of what moves in them: what heads over
//! time are measured on.
//!
//! Something in the middle goes right and back, goes up and back, and grows and
//! shrinks again, in one order or another. Whatever the order, the pictures of
//! the whole clip are the same: only who minds the order can tell.

use crate::{Result, ffmpeg};
use std::path::Path;

/// Pixels of a clip, and its frames a second.
const SHAPE: (u32, u32) = (192, 108);
const RATE: u32 = 16;

/// One move; at its end everything is where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    /// To the right and back.
    Right,
    /// Up and back.
    Up,
    /// Larger and small again.
    Grow,
}

impl Move {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Right, Self::Up, Self::Grow];

    /// Its name in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Up => "up",
            Self::Grow => "grow",
        }
    }
}

/// What moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Subject<'a> {
    /// A square of a colour on a ground of another (red, green, blue).
    Square {
        /// Its side in pixels of 192 x 108.
        side: u32,
        /// Its colour.
        colour: [u8; 3],
        /// The ground's.
        ground: [u8; 3],
    },
    /// A film, seen through a window.
    Film(&'a Path),
}

/// A clip to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip<'a> {
    /// What moves.
    pub subject: Subject<'a>,
    /// How, and for how many seconds each.
    pub moves: Vec<(Move, f64)>,
    /// Seconds without a move before, between and after.
    pub pause: f64,
    /// How far and how large, of what is usual.
    pub strength: f64,
    /// Whether what goes right goes left instead.
    pub is_mirrored: bool,
    /// Seed of the noise over everything.
    pub seed: u32,
}

/// Writes a clip to `to` (H.264, without sound).
///
/// # Errors
/// If the film cannot be decoded, or ffmpeg lacks libx264.
pub fn write(clip: &Clip<'_>, to: &Path) -> Result<()> {
    let Clip { subject, moves, pause, strength, is_mirrored, seed } = clip;
    let (width, height) = SHAPE;
    let mut seconds = *pause;
    let mut ways: [Vec<String>; 3] = Default::default();
    for (kind, length) in moves {
        // From 0 to 1 and back to 0.
        let way = format!("max(0,1-abs(2*(t-{seconds:.3})/{length:.3}-1))");
        ways[*kind as usize].push(way);
        seconds += length + pause;
    }
    let [right, up, grow] =
        ways.map(|ways| if ways.is_empty() { "0".to_owned() } else { ways.join("+") });
    let colour = |rgb: [u8; 3]| format!("0x{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
    let plain = |rgb, width, height| {
        format!("color=c={}:s={width}x{height}:r={RATE}:d={seconds:.3}", colour(rgb))
    };
    let (ground, film, shown, side) = match subject {
        Subject::Square { side, colour, ground } => {
            let square = plain(*colour, *side, *side);
            (plain(*ground, width, height), square, (f64::from(*side), f64::from(*side)), 0.15)
        }
        Subject::Film(_) => {
            // Larger than the window, so that there is always something to be seen in it.
            let shown = (1.7 * f64::from(width), 1.7 * f64::from(height));
            let held = format!(
                "[0:v:0]fps={RATE},scale={width}:{height},setsar=1,\
                 tpad=stop=-1:stop_mode=clone,trim=duration={seconds:.3},setpts=PTS-STARTPTS"
            );
            (plain([0; 3], width, height), held, shown, 0.2)
        }
    };
    let most = if matches!(subject, Subject::Film(_)) { 0.35 } else { 1.0 };
    let grown = most * strength;
    let far = side * f64::from(width) * strength;
    let sideways = if *is_mirrored { -far } else { far };
    let scaled = |length: f64| format!("2*trunc({length:.1}*(1+{grown:.3}*({grow}))/2)");
    let graph = format!(
        "{ground}[ground];{film}[film];\
         [film]scale=w='{}':h='{}':eval=frame[subject];\
         [ground][subject]overlay=x='(W-w)/2+{sideways:.1}*({right})':y='(H-h)/2-{far:.1}*({up})':\
         eval=frame:shortest=1,noise=alls=7:allf=t:all_seed={seed},format=yuv420p[clip]",
        scaled(shown.0),
        scaled(shown.1),
    );
    let sources = match subject {
        Subject::Square { .. } => Vec::new(),
        Subject::Film(path) => vec![ffmpeg::Source { path, from: 0.0 }],
    };
    let rate = RATE.to_string();
    let after = ["-filter_complex", &graph, "-map", "[clip]", "-r", &rate];
    ffmpeg::write(&sources, &[&after[..], ffmpeg::H264].concat(), to)
}
