//! What another way of choosing would have earned, from what chance once chose.
//!
//! Where a log says with which chance something was shown, what was shown
//! seldom speaks for more: weighed by how much likelier another policy would
//! show it, the log's rewards estimate that policy's. Only what had some chance
//! can speak, so a policy must not want what was never shown.

use crate::recommend::statistics::intervals_of;

/// Something that was shown by chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// The chance with which it was, above 0.
    pub chance: f64,
    /// The chance with which the policy in question would have shown it.
    pub wanted: f64,
    /// What came of it.
    pub reward: f64,
    /// What a model of rewards expects of it.
    pub expected: f64,
    /// What the model expects of the policy there, over all that it may show.
    pub expected_of_policy: f64,
}

/// One estimate of what a policy earns each time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: (f64, f64),
}

/// What a policy earns each time, estimated in three ways, beside what was earned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimates {
    /// Mean reward of the log as it is: the floor.
    pub logged: Estimate,
    /// Inverse propensity scoring (Horvitz and Thompson, 1952): without bias,
    /// widely scattered.
    pub ips: Estimate,
    /// The same, divided by the sum of the weights (Swaminathan and Joachims,
    /// NIPS 2015): a little bias, less scatter.
    pub snips: Estimate,
    /// The model of rewards, corrected by what was seen (Dudík et al., ICML
    /// 2011): without bias if either the chances or the model are right.
    pub doubly_robust: Estimate,
    /// How many evenly weighed rows say as much: the sum of the weights,
    /// squared, over the sum of their squares (Kish).
    pub effective: f64,
}

impl Estimates {
    /// Of what was shown; `None` of nothing, or of chances that are none.
    pub fn of(shown: &[Shown], seed: u64) -> Option<Self> {
        let is_usable = |shown: &Shown| {
            shown.chance > 0.0 && shown.chance <= 1.0 && (0.0..=1.0).contains(&shown.wanted)
        };
        if shown.is_empty() || !shown.iter().all(is_usable) {
            return None;
        }
        let row = |shown: &Shown| {
            let weight = shown.wanted / shown.chance;
            let corrected = shown.expected_of_policy + weight * (shown.reward - shown.expected);
            vec![shown.reward, weight * shown.reward, weight, corrected, weight * weight]
        };
        let rows: Vec<Vec<f64>> = shown.iter().map(row).collect();
        let figures = |means: &[f64]| {
            let normalised = if means[2] > 0.0 { means[1] / means[2] } else { 0.0 };
            vec![means[0], means[1], normalised, means[3]]
        };
        let mut means = vec![0.0; 5];
        for row in &rows {
            means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / rows.len() as f64);
        }
        let values = figures(&means);
        let intervals = intervals_of(&rows, seed, figures);
        let estimate = |place: usize| Estimate { value: values[place], interval: intervals[place] };
        Some(Self {
            logged: estimate(0),
            ips: estimate(1),
            snips: estimate(2),
            doubly_robust: estimate(3),
            effective: if means[4] > 0.0 {
                rows.len() as f64 * means[2] * means[2] / means[4]
            } else {
                0.0
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    /// Two kinds of viewers, three videos.
    const LOGGING: [[f64; 3]; 2] = [[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]];
    const POLICY: [[f64; 3]; 2] = [[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]];
    const REWARD: [[f64; 3]; 2] = [[0.5, 0.6, 0.9], [0.8, 0.7, 0.55]];

    fn of_policy(rewards: &[[f64; 3]; 2], viewer: usize) -> f64 {
        (0..3).map(|video| POLICY[viewer][video] * rewards[viewer][video]).sum()
    }

    /// A log in which chance chose; the model of rewards errs by `error`.
    fn log(count: usize, error: f64, seed: u64) -> Vec<Shown> {
        let mut random = Rng::with_seed(seed);
        let mut model = REWARD;
        model.iter_mut().flatten().enumerate().for_each(|(place, reward)| {
            *reward += if place % 2 == 0 { error } else { -error };
        });
        let mut shown = || {
            let viewer = random.usize(..2);
            let lot = random.f64();
            let chances = LOGGING[viewer];
            let video =
                usize::from(lot >= chances[0]) + usize::from(lot >= chances[0] + chances[1]);
            Shown {
                chance: chances[video],
                wanted: POLICY[viewer][video],
                reward: f64::from(u8::from(random.f64() < REWARD[viewer][video])),
                expected: model[viewer][video],
                expected_of_policy: of_policy(&model, viewer),
            }
        };
        (0..count).map(|_| shown()).collect()
    }

    fn mean_and_variance(values: &[f64]) -> (f64, f64) {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0))
    }

    /// 200 simulated logs of 400 rows, of which the truth is known.
    #[test]
    fn estimates_are_those_of_the_truth() {
        let truth = f64::midpoint(of_policy(&REWARD, 0), of_policy(&REWARD, 1));
        let logs = 0..200_u64;
        for error in [0.0, 0.2] {
            let all: Vec<Estimates> = logs
                .clone()
                .map(|seed| Estimates::of(&log(400, error, seed), seed).expect("rows"))
                .collect();
            let told = |of: fn(&Estimates) -> Estimate| {
                let values: Vec<f64> = all.iter().map(|it| of(it).value).collect();
                let holds = |it: &&Estimates| {
                    let (low, high) = of(it).interval;
                    low <= truth && truth <= high
                };
                let (mean, variance) = mean_and_variance(&values);
                (mean, variance, all.iter().filter(holds).count())
            };
            let (ips, snips, robust) =
                (told(|it| it.ips), told(|it| it.snips), told(|it| it.doubly_robust));
            for (name, (mean, variance, held)) in
                [("ips", ips), ("snips", snips), ("doubly robust", robust)]
            {
                let off = (mean - truth).abs() / (variance / 200.0).sqrt();
                assert!(off < 3.0, "{name}, model off by {error}: {mean}, not {truth}");
                assert!((180..=199).contains(&held), "{name}: {held} of 200 intervals hold it");
            }
            assert!(snips.1 < 0.5 * ips.1, "{} {}", snips.1, ips.1);
            assert!(robust.1 < 0.8 * ips.1, "{} {}", robust.1, ips.1);
            let logged = told(|it| it.logged);
            assert!((logged.0 - truth).abs() > 0.05, "the log's own mean is another: {}", logged.0);
        }
    }

    #[test]
    fn the_logs_own_policy_earns_what_was_earned() {
        let mut rows = log(300, 0.1, 5);
        for row in &mut rows {
            row.wanted = row.chance;
        }
        let found = Estimates::of(&rows, 1).expect("rows");
        assert!((found.ips.value - found.logged.value).abs() < 1e-12);
        assert!((found.effective - 300.0).abs() < 1e-9);
        let unwanted: Vec<Shown> = rows.iter().map(|row| Shown { wanted: 0.0, ..*row }).collect();
        let found = Estimates::of(&unwanted, 1).expect("rows");
        assert_eq!((found.ips.value, found.snips.value, found.effective), (0.0, 0.0, 0.0));
    }

    #[test]
    fn what_had_no_chance_cannot_speak() {
        assert!(Estimates::of(&[], 1).is_none());
        for chance in [0.0, -1.0, f64::NAN, 1.5] {
            let rows = log(3, 0.0, 1).into_iter().map(|row| Shown { chance, ..row });
            assert!(Estimates::of(&rows.collect::<Vec<Shown>>(), 1).is_none(), "{chance}");
        }
    }
}
