//! Things in pictures, and where: so that they can be counted. Nobody is ever
//! recognised: a person is a person.

use crate::Result;
use crate::picture::Picture;

mod classes;
pub mod nanodet;

pub(crate) use classes::in_chinese;
pub use classes::{CLASSES, PERSON};

/// Something that was found in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// What it is: its place among the [`CLASSES`].
    pub class: usize,
    /// How sure the network is, 0 to 1.
    pub score: f32,
    /// Where it is.
    pub area: Area,
}

/// A rectangle, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge.
    pub bottom: f32,
}

impl Area {
    fn size(&self) -> f32 {
        (self.right - self.left).max(0.0) * (self.bottom - self.top).max(0.0)
    }

    /// How much two rectangles are the same: what both cover of what either covers.
    pub fn overlap(&self, other: &Self) -> f32 {
        let both = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        let both = both.size();
        both / (self.size() + other.size() - both).max(f32::MIN_POSITIVE)
    }
}

/// Finds things in pictures.
pub trait ObjectDetector: Send + Sync {
    /// Name for annotations (`nanodet-g`).
    fn name(&self) -> &str;

    /// What is in a picture, the surest first; what the network all but rules
    /// out is left out.
    fn detect(&self, picture: &Picture<'_>) -> Result<Vec<Detection>>;
}

/// Leaves of those that are of one class and cover one another by more than
/// `most` only the surest; the surest come first.
fn without_doubles(mut found: Vec<Detection>, most: f32) -> Vec<Detection> {
    found.sort_by(|one, next| next.score.total_cmp(&one.score));
    let mut kept: Vec<Detection> = Vec::new();
    for one in found {
        let is_double = |it: &Detection| it.class == one.class && it.area.overlap(&one.area) > most;
        if !kept.iter().any(is_double) {
            kept.push(one);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(left: f32, side: f32) -> Area {
        Area { left, top: 0.0, right: left + side, bottom: side }
    }

    #[test]
    fn overlap_is_the_share_that_both_cover() {
        assert!((square(0.0, 2.0).overlap(&square(1.0, 2.0)) - 1.0 / 3.0).abs() < 1e-6);
        assert!((square(0.0, 2.0).overlap(&square(0.0, 2.0)) - 1.0).abs() < 1e-6);
        assert!(square(0.0, 2.0).overlap(&square(3.0, 2.0)).abs() < 1e-6);
        assert!(square(0.0, 0.0).overlap(&square(0.0, 0.0)).abs() < 1e-6);
    }

    #[test]
    fn of_doubles_the_surest_stays() {
        let found = |class, score, left| Detection { class, score, area: square(left, 10.0) };
        let all =
            vec![found(0, 0.5, 1.0), found(0, 0.9, 0.0), found(2, 0.4, 0.0), found(0, 0.3, 9.0)];
        let kept = without_doubles(all, 0.6);
        assert_eq!(kept, [found(0, 0.9, 0.0), found(2, 0.4, 0.0), found(0, 0.3, 9.0)]);
    }
}
