//! From pictures to captions: when to look ([`gate`]), what stays on the
//! screen and for how long ([`captions`]), what is a subtitle ([`subtitles`]).
//!
//! Text that is meant to be read stays where it is for a second or more, even
//! over moving pictures. So what is compared from picture to picture are
//! strokes, the strong edges that letters are made of ([`strokes`]): strokes
//! that stay and are new call for a look, and strokes that are gone end a caption.

pub(crate) mod captions;
pub(crate) mod gate;
pub(crate) mod strokes;
pub(crate) mod subtitles;

/// Pictures that are looked at in a second: text that stays for 2 s is in four of them.
pub(crate) const PER_SECOND: u32 = 2;
/// Their width, in pixels: subtitles of 1080p are still 25 pixels tall.
pub(crate) const WIDTH: u32 = 960;
