//! Several tasks: learned together, as they are served, beside each alone.

use super::{Known, clips, parted, row, shuffled, told, trial_of, with};
use crate::recommend::statistics::intervals;
use crate::{Measured, Result};
use std::collections::BTreeMap;
use std::time::Instant;
use vireo_understand::heads::{Kind, Task, TemporalHead, Told};

/// Of what the rows are called.
pub(super) const SPLIT: &str = "tasks";

/// Trains with each seed on three of four parts of the sources, all tasks
/// together and each alone, and tells the fourth. A row for each task, and one
/// of their means with what learning together gains.
pub(super) fn measure(known: &[Known], kind: Kind, seeds: u64) -> Result<Vec<Measured>> {
    let clips = clips(known);
    let tasks: Vec<Task> =
        super::made::TASKS.map(|name| Task { name: name.to_owned(), is_multi: false }).into();
    let [mut shared, mut alone, mut without_order]: [Vec<Vec<Told>>; 3] =
        std::array::from_fn(|_| vec![Vec::new(); tasks.len()]);
    // Of each clip, which is another source's, with each seed that told it.
    let mut of_clips: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut seconds = [0.0; 2];
    for seed in 1..=seeds {
        let (own, held) = parted(&clips, seed);
        let started = Instant::now();
        let head = TemporalHead::train(&own, &tasks, kind, seed)?;
        seconds[0] += started.elapsed().as_secs_f64() / seeds as f64;
        let together = told(&head, &held);
        let moments = shuffled(&held, seed);
        push(&mut without_order, told(&head, &with(&held, &moments)));
        let started = Instant::now();
        let head = TemporalHead::train_apart(&own, &tasks, kind, seed)?;
        seconds[1] += started.elapsed().as_secs_f64() / seeds as f64;
        let each = told(&head, &held);
        for ((clip, together), each) in held.iter().zip(&together).zip(&each) {
            of_clips.entry(clip.source).or_default().push(gain(together, each));
        }
        push(&mut shared, together);
        push(&mut alone, each);
    }
    let gains = of_clips.values().map(|of| vec![of.iter().sum::<f64>() / of.len() as f64]);
    let gains: Vec<Vec<f64>> = gains.collect();
    let accuracy = |told: Vec<Told>| trial_of(kind, told).accuracy();
    let mut rows = Vec::new();
    for (number, task) in tasks.iter().enumerate() {
        let mut row = row(&trial_of(kind, shared[number].clone()), seeds);
        row.split = Some(format!("{SPLIT}: {}", task.name));
        row.metrics.insert("alone".to_owned(), accuracy(alone[number].clone()));
        row.metrics.insert("shuffled".to_owned(), accuracy(without_order[number].clone()));
        rows.push(row);
    }
    let mean = |metric: &str| {
        let of_rows = rows.iter().map(|row| row.metrics[metric]);
        (metric.to_owned(), of_rows.sum::<f64>() / rows.len() as f64)
    };
    let metrics = ["accuracy", "alone", "majority", "shuffled"].map(mean);
    let mut all = Measured {
        name: kind.to_string(),
        split: Some(format!("{SPLIT}: all")),
        count: rows.iter().map(|row| row.count).sum(),
        metrics: BTreeMap::from(metrics),
        peak_memory_mb: crate::peak_memory_mb(),
        ..Measured::default()
    };
    all.metrics.insert("gain".to_owned(), all.metrics["accuracy"] - all.metrics["alone"]);
    all.interval.extend(intervals(&gains, 1).pop().map(|interval| ("gain".to_owned(), interval)));
    all.seconds.insert("training".to_owned(), seconds[0]);
    all.seconds.insert("training alone".to_owned(), seconds[1]);
    rows.push(all);
    Ok(rows)
}

/// Adds what was told of each clip, for each task, to what was told of the tasks.
fn push(of_tasks: &mut [Vec<Told>], of_clips: Vec<Vec<Told>>) {
    for of_clip in of_clips {
        of_tasks.iter_mut().zip(of_clip).for_each(|(all, told)| all.push(told));
    }
}

/// How many more of a clip's labels are told right when learned together, of all.
fn gain(shared: &[Told], alone: &[Told]) -> f64 {
    let right = |told: &[Told]| told.iter().filter(|it| it.labels == it.said).count() as f64;
    (right(shared) - right(alone)) / shared.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_is_a_share_of_the_labels() {
        let told = |said: &str| Told {
            clip: 0,
            labels: vec!["a".to_owned()],
            said: vec![said.to_owned()],
            of_own: vec![0.5],
            confidence: 0.5,
        };
        let gain = gain(&[told("a"), told("a"), told("b")], &[told("b"), told("a"), told("b")]);
        assert!((gain - 1.0 / 3.0).abs() < 1e-9);
    }
}
