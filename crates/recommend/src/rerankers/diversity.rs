//! Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

use super::{Pass, Reranker};
use crate::context::Context;
use crate::rankers::Ranked;
use std::collections::VecDeque;
use vireo_interest::Matrix;

/// A video is compared with so many before it: about what is on a screen.
const WINDOW: usize = 12;

pub(super) struct Diversity;

impl Reranker for Diversity {
    fn name(&self) -> &'static str {
        "diversity"
    }

    /// The next is the one with the largest `(1 - d) * value - d * similarity`
    /// to the most similar before it, by cosine in the centred space; divided by
    /// `1 - d` that is a cost. `d` is the setting, up to twice as much for a
    /// viewer who isn't known yet.
    fn start<'a>(&self, context: &'a Context<'a>, pool: &'a [Ranked]) -> Box<dyn Pass + 'a> {
        let setting = context.config.diversity;
        let setting = if setting.is_finite() { setting } else { 0.0 };
        let diversity = (setting * (2.0 - context.maturity)).clamp(0.0, 0.95);
        let centred = &context.snapshot.centred;
        let mut rows = Matrix::new(centred.columns());
        for ranked in pool {
            rows.push(&centred.row(ranked.place)[..centred.columns()]);
        }
        let factor = diversity / (1.0 - diversity);
        let nearest = vec![0.0; pool.len()];
        Box::new(Screen { factor, rows, nearest, window: VecDeque::new() })
    }
}

struct Screen {
    factor: f64,
    rows: Matrix,
    /// Cosines of all candidates to each video of the window.
    window: VecDeque<Vec<f32>>,
    /// The largest of them, at least 0.
    nearest: Vec<f32>,
}

impl Pass for Screen {
    fn cost(&self, candidate: usize) -> f64 {
        self.factor * f64::from(self.nearest[candidate])
    }

    fn placed(&mut self, candidate: usize) {
        if self.factor == 0.0 {
            return;
        }
        let full = self.window.len() == WINDOW;
        let recycled = if full { self.window.pop_front() } else { None };
        let mut cosines = recycled.unwrap_or_else(|| vec![0.0; self.rows.rows()]);
        self.rows.products(self.rows.row(candidate), &mut cosines);
        self.window.push_back(cosines);
        self.nearest.fill(0.0);
        for cosines in &self.window {
            for (nearest, cosine) in self.nearest.iter_mut().zip(cosines) {
                *nearest = nearest.max(*cosine);
            }
        }
    }
}
