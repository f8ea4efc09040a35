//! A few people on their way through the network, and back.

use super::{Autoencoder, AutoencoderConfig, Liked, Step};
use crate::encoder::fill_normal;
use crate::features::Features;
use crate::lanes::{add, add_scaled, exp, exponentiate, largest, scale, tanh, wide};
use crate::noise::{Noise, SILENCE, mix};
use crate::product::{View, ViewMut, add_product, multiply};
use fastrand::Rng;
use std::ops::Range;

/// A few people on their way.
pub(super) struct Forward {
    /// After the first layer.
    pub(super) entered: Vec<f32>,
    /// Means and logarithms of variances.
    pub(super) middle: Vec<f32>,
    /// What was drawn, and what came of it.
    pub(super) drawn: Vec<f32>,
    pub(super) latent: Vec<f32>,
    /// After the last layer.
    pub(super) left: Vec<f32>,
}

/// What a few people give.
pub(super) struct Part {
    pub(super) loss: f64,
    pub(super) read: Vec<Liked>,
    pub(super) of_entered: Vec<f32>,
    pub(super) left: Vec<f32>,
    pub(super) of_logits: Vec<f32>,
    /// Of what is between the tables.
    pub(super) inner: Vec<f32>,
}

impl Autoencoder {
    /// As [`normalized`], with items dropped.
    fn partly_read(liked: &Liked, noise: Noise) -> Liked {
        let mut kept = vec![1.0; liked.len()];
        noise.drop(0, &mut kept);
        let read = normalized(liked).into_iter().zip(kept);
        let read = read.map(|((item, value), kept)| (item, value * kept));
        read.filter(|(_, value)| *value != 0.0).collect()
    }

    pub(super) fn forward(
        &self,
        parameters: &[f32],
        rows: &[f32],
        read: &[Liked],
        seed: Option<u64>,
    ) -> Forward {
        let AutoencoderConfig { hidden, latent, .. } = self.config;
        let layout = self.layout();
        let at = |place: &Range<usize>| &parameters[place.clone()];
        let mut entered = at(&layout.entry).repeat(read.len());
        wide(|| {
            for (liked, row) in read.iter().zip(entered.chunks_exact_mut(hidden)) {
                for (item, value) in liked {
                    add_scaled(row, *value, &rows[*item as usize * hidden..][..hidden]);
                }
            }
            for value in &mut entered {
                *value = tanh(*value);
            }
        });
        let mut middle = at(&layout.middle).repeat(read.len());
        let narrowing = View::new(at(&layout.narrowing), 2 * latent);
        add_product(View::new(&entered, hidden), narrowing, ViewMut::new(&mut middle, 2 * latent));
        let mut drawn = vec![0.0; read.len() * latent];
        if let Some(seed) = seed {
            fill_normal(&mut drawn, 1.0, &mut Rng::with_seed(seed));
        }
        let mut people = Vec::with_capacity(drawn.len());
        for (middle, drawn) in middle.chunks_exact(2 * latent).zip(drawn.chunks_exact(latent)) {
            let (means, variances) = middle.split_at(latent);
            let values = means.iter().zip(variances).zip(drawn);
            people.extend(values.map(|((mean, log), drawn)| mean + (0.5 * log).exp() * drawn));
        }
        let mut left = at(&layout.exit).repeat(read.len());
        let widening = View::new(at(&layout.widening), hidden);
        add_product(View::new(&people, latent), widening, ViewMut::new(&mut left, hidden));
        wide(|| left.iter_mut().for_each(|value| *value = tanh(*value)));
        Forward { entered, middle, drawn, latent: people, left }
    }

    /// Takes a few people through the network and back.
    pub(super) fn part(
        &self,
        parameters: &[f32],
        rows: [&[f32]; 2],
        people: &[&Liked],
        features: &Features,
        step: Step,
        weight: f32,
    ) -> Part {
        let AutoencoderConfig { hidden, latent, dropout, .. } = self.config;
        let layout = self.layout();
        let at = |place: &Range<usize>| &parameters[place.clone()];
        let noise = if dropout > 0.0 { Noise::new(mix(step.seed ^ 1), dropout) } else { SILENCE };
        let read = people.iter().enumerate();
        let read: Vec<Liked> =
            read.map(|(number, liked)| Self::partly_read(liked, noise.at(number))).collect();
        let forward = self.forward(parameters, rows[0], &read, Some(step.seed));
        let Forward { entered, middle, drawn, latent: person, left } = forward;
        let mut logits = vec![0.0; people.len() * self.items];
        let found = View::new(rows[1], hidden);
        multiply(View::new(&left, hidden), found.turned(), ViewMut::new(&mut logits, self.items));
        let mut loss = self.softmax(people, features, weight, &mut logits);

        let mut inner = vec![0.0; layout.count - layout.maps[1].end];
        let begin = layout.maps[1].end;
        let inside = |place: &Range<usize>| place.start - begin..place.end - begin;
        let mut of_left = vec![0.0; left.len()];
        multiply(View::new(&logits, self.items), found, ViewMut::new(&mut of_left, hidden));
        through_tanh(&left, &mut of_left);
        sum_rows(&of_left, &mut inner[inside(&layout.exit)]);
        let (of_left, width) = (View::new(&of_left, hidden), 2 * latent);
        let of_widening = ViewMut::new(&mut inner[inside(&layout.widening)], hidden);
        multiply(View::new(&person, latent).turned(), of_left, of_widening);
        let mut of_person = vec![0.0; person.len()];
        let widening = View::new(at(&layout.widening), hidden);
        multiply(of_left, widening.turned(), ViewMut::new(&mut of_person, latent));

        let mut of_middle = vec![0.0; middle.len()];
        let pull = weight * step.divergence;
        let outs = of_middle.chunks_exact_mut(width).zip(of_person.chunks_exact(latent));
        let inputs = middle.chunks_exact(width).zip(drawn.chunks_exact(latent));
        for ((out, of_person), (middle, drawn)) in outs.zip(inputs) {
            let (of_means, of_logs) = out.split_at_mut(latent);
            let (means, logs) = middle.split_at(latent);
            for place in 0..latent {
                let (mean, log) = (means[place], logs[place]);
                let variance = exp(log);
                of_means[place] = of_person[place] + pull * mean;
                of_logs[place] = 0.5
                    * (of_person[place] * drawn[place] * (0.5 * log).exp()
                        + pull * (variance - 1.0));
                loss += 0.5 * f64::from(pull * (mean * mean + variance - log - 1.0));
            }
        }
        sum_rows(&of_middle, &mut inner[inside(&layout.middle)]);
        let of_middle = View::new(&of_middle, width);
        let of_narrowing = ViewMut::new(&mut inner[inside(&layout.narrowing)], width);
        multiply(View::new(&entered, hidden).turned(), of_middle, of_narrowing);
        let mut of_entered = vec![0.0; entered.len()];
        let narrowing = View::new(at(&layout.narrowing), width);
        multiply(of_middle, narrowing.turned(), ViewMut::new(&mut of_entered, hidden));
        through_tanh(&entered, &mut of_entered);
        sum_rows(&of_entered, &mut inner[inside(&layout.entry)]);
        Part { loss, read, of_entered, left, of_logits: logits, inner }
    }

    /// The loss of logits over the items that anybody liked; they become their
    /// gradient.
    fn softmax(
        &self,
        people: &[&Liked],
        features: &Features,
        weight: f32,
        logits: &mut [f32],
    ) -> f64 {
        let mut loss = 0.0;
        for (liked, row) in people.iter().zip(logits.chunks_exact_mut(self.items)) {
            let unknown = row.iter_mut().zip(&features.known).filter(|(_, known)| !**known);
            unknown.for_each(|(value, _)| *value = f32::NEG_INFINITY);
            let own: Vec<f32> = liked.iter().map(|(item, _)| row[*item as usize]).collect();
            let (most, total) = wide(|| {
                let most = largest(row);
                (most, exponentiate(row, most))
            });
            let all = liked.iter().map(|(_, value)| value).sum::<f32>();
            wide(|| scale(row, weight * all / total));
            for ((item, value), own) in liked.iter().zip(own) {
                loss += f64::from(weight * value * (most + total.ln() - own));
                row[*item as usize] -= weight * value;
            }
        }
        loss
    }
}

/// What is read of what somebody liked: of length 1.
pub(super) fn normalized(liked: &Liked) -> Liked {
    let length = liked.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    liked.iter().map(|(item, weight)| (*item, weight / length)).collect()
}

/// From the gradient of a layer's outputs to that of what went in.
fn through_tanh(outputs: &[f32], gradient: &mut [f32]) {
    wide(|| {
        for (gradient, output) in gradient.iter_mut().zip(outputs) {
            *gradient *= 1.0 - output * output;
        }
    });
}

fn sum_rows(rows: &[f32], out: &mut [f32]) {
    wide(|| rows.chunks_exact(out.len()).for_each(|row| add(out, row)));
}
