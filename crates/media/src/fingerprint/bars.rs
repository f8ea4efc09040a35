//! Black bars around a picture.

use super::{HEIGHT, PIXELS, WIDTH};

/// A row or column that is never brighter is a bar (black is 16).
const BLACK: f32 = 26.0;
/// More than so much of a side is no bar but a dark film.
const WIDEST: f64 = 0.35;

/// What is left of a picture without its bars, in pixels; ends are excluded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
}

/// Remembers the brightest that each pixel has been.
pub(super) struct Bars {
    brightest: Vec<f32>,
}

impl Default for Bars {
    fn default() -> Self {
        Self { brightest: vec![0.0; PIXELS] }
    }
}

impl Bars {
    pub(super) fn see(&mut self, picture: &[f32]) {
        self.brightest.iter_mut().zip(picture).for_each(|(most, pixel)| *most = most.max(*pixel));
    }

    /// The window that was ever lit.
    pub(super) fn window(&self) -> Window {
        let row = |y: usize| (0..WIDTH).map(|x| self.brightest[y * WIDTH + x]).fold(0.0, f32::max);
        let column =
            |x: usize| (0..HEIGHT).map(|y| self.brightest[y * WIDTH + x]).fold(0.0, f32::max);
        let (top, bottom) = lit(&(0..HEIGHT).map(row).collect::<Vec<f32>>());
        let (left, right) = lit(&(0..WIDTH).map(column).collect::<Vec<f32>>());
        Window { left, right, top, bottom }
    }
}

/// Where a side is lit from and to.
fn lit(side: &[f32]) -> (f32, f32) {
    let most = (side.len() as f64 * WIDEST) as usize;
    let dark = |values: &mut dyn Iterator<Item = &f32>| values.take_while(|v| **v < BLACK).count();
    let first = dark(&mut side.iter());
    let last = dark(&mut side.iter().rev());
    let whole = (0.0, side.len() as f32);
    if first > most || last > most {
        return whole;
    }
    (first as f32, (side.len() - last) as f32)
}
