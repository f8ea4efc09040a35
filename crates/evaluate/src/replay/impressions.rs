//! `vireo evaluate --off-policy`: models by the impressions that chance decided.

use super::{Options, Replay};
use crate::off_policy::{Estimates, Shown};
use crate::recommend::FLOORS;
use crate::{Error, Measured, Report, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use vireo_domain::{Feedback, FeedbackKind, UserId, VideoId};
use vireo_interest::models::{Event, Run, Split, Trained, train};
use vireo_interest::{Evidence, evidence};

/// Impressions that chance decided, at least, for anything to be said of them.
pub const FEWEST_SHOWN: usize = 50;

/// What the off-policy table means, to be printed under it.
pub const OFF_POLICY: &str = "\
Of the impressions in the last tenth of the log that were left to chance: logged is the share that \
was liked within a day; the others estimate what it would be if only videos were drawn that the \
model puts in the better half of what the person had not seen. effective_rows: how many evenly \
weighed impressions say as much. In brackets: 95 % interval (bootstrap over impressions).";

/// Seconds within which a liking is the answer to an impression.
const ANSWERED: i64 = 86_400;

/// What the places of a feed that chance fills would earn, if they were filled
/// from the half that a model finds better: a reward is a liking within a day.
///
/// A draw is even within a topic, so a policy that keeps only the better half
/// of what may be drawn shows each of it twice as often, and the rest never.
/// Which half a video is in is told among all videos that the person had done
/// nothing with; that half of what may be drawn is in it is an assumption.
pub fn off_policy(
    options: &Options<'_>,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    let replay = Replay::of(options)?;
    let drawn = drawn(&replay);
    if drawn.len() < FEWEST_SHOWN {
        return Err(Error::Nothing(format!(
            "{} impressions in the last tenth of the log were left to chance; {FEWEST_SHOWN} are \
             needed (chance has half or more of the share recommend.exploration)",
            drawn.len()
        )));
    }
    let numbers: HashMap<&VideoId, u32> = replay.ids.iter().copied().zip(0..).collect();
    let mut names: Vec<&str> = FLOORS.to_vec();
    names.extend(options.models.iter().map(String::as_str).filter(|name| !FLOORS.contains(name)));
    for (number, name) in names.iter().enumerate() {
        progress(number, names.len());
        let unknown = || Error::Nothing(format!("there is no model {name}"));
        let model = train(name, &replay.train, Split::Time, &Run::seeded(options.seed))
            .ok_or_else(unknown)?;
        let judged: Vec<(bool, &Drawn<'_>)> = drawn
            .iter()
            .map(|drawn| (is_better_half(&model, &replay, &numbers, drawn), drawn))
            .collect();
        let mean = |better: bool| {
            let of = judged.iter().filter(|(is_better, _)| *is_better == better);
            let rewards: Vec<f64> = of.map(|(_, drawn)| drawn.reward).collect();
            rewards.iter().sum::<f64>() / rewards.len().max(1) as f64
        };
        let expected = [mean(false), mean(true)];
        let shown: Vec<Shown> = judged
            .iter()
            .map(|(is_better, drawn)| Shown {
                chance: drawn.chance,
                wanted: if *is_better { (2.0 * drawn.chance).min(1.0) } else { 0.0 },
                reward: drawn.reward,
                expected: expected[usize::from(*is_better)],
                expected_of_policy: expected[1],
            })
            .collect();
        if let Some(found) = Estimates::of(&shown, options.seed) {
            report.results.push(told(name, shown.len(), &found, options.seed));
        }
    }
    progress(names.len(), names.len());
    Ok(report)
}

fn told(name: &str, count: usize, found: &Estimates, seed: u64) -> Measured {
    let Estimates { logged, ips, snips, doubly_robust, effective } = *found;
    let all =
        [("logged", logged), ("ips", ips), ("snips", snips), ("doubly_robust", doubly_robust)];
    let mut metrics: BTreeMap<String, f64> =
        all.iter().map(|(name, estimate)| ((*name).to_owned(), estimate.value)).collect();
    metrics.insert("effective_rows".to_owned(), effective);
    Measured {
        name: name.to_owned(),
        count,
        seed: Some(seed),
        metrics,
        interval: all.iter().map(|(name, it)| ((*name).to_owned(), it.interval)).collect(),
        ..Measured::default()
    }
}

/// An impression that chance decided, with what came of it.
struct Drawn<'a> {
    impression: &'a Feedback,
    chance: f64,
    reward: f64,
}

fn drawn<'a>(replay: &Replay<'a>) -> Vec<Drawn<'a>> {
    let mut people: Vec<&&UserId> = replay.actions.keys().collect();
    people.sort_unstable();
    let mut drawn = Vec::new();
    for person in people {
        let actions = &replay.actions[*person];
        for &impression in actions {
            let chance = impression.value.unwrap_or(1.0);
            let at = impression.at.as_second();
            let is_drawn =
                impression.kind == FeedbackKind::Impression && chance > 0.0 && chance < 1.0;
            if is_drawn && at > replay.cut {
                let answers = |action: &&Feedback| {
                    let after = action.at.as_second() - at;
                    action.video == impression.video
                        && action.strength() >= 0.5
                        && (0..=ANSWERED).contains(&after)
                };
                let reward = f64::from(u8::from(actions.iter().any(answers)));
                drawn.push(Drawn { impression, chance, reward });
            }
        }
    }
    drawn
}

/// Whether a model, told what the person had liked by then, puts what was shown
/// into the better half of what they had done nothing with. What the model does
/// not know is in the worse.
fn is_better_half(
    model: &Trained,
    replay: &Replay<'_>,
    numbers: &HashMap<&VideoId, u32>,
    drawn: &Drawn<'_>,
) -> bool {
    let Some(own) = numbers.get(&drawn.impression.video) else { return false };
    let at = drawn.impression.at;
    let before: Vec<Feedback> = replay.actions[&drawn.impression.user]
        .iter()
        .filter(|action| action.at < at)
        .map(|action| (**action).clone())
        .collect();
    let event = |evidence: &Evidence<'_>| Some(evidence.event(*numbers.get(evidence.video)?));
    let mut history: Vec<Event> = evidence(&before).iter().filter_map(event).collect();
    history.reverse();
    let mut scores = vec![0.0; replay.ids.len()];
    model.scores(&history, at.as_second(), &mut scores);
    let seen: BTreeSet<u32> = history.iter().map(|event| event.item).collect();
    let others = (0..scores.len()).filter(|item| !seen.contains(&(*item as u32)));
    let (mut below, mut count) = (0, 0);
    for item in others.filter(|item| *item != *own as usize) {
        below += usize::from(scores[item] < scores[*own as usize]);
        count += 1;
    }
    2 * below > count
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DAY, VIDEOS, action, ring, with_options};
    use super::*;

    /// Chance shows people the 14 videos that are left of their ring, and they
    /// like the next five. Drawing from the better half of a model that knows
    /// the ring earns about twice the log's share.
    #[test]
    fn what_chance_showed_tells_a_good_model() {
        let mut log = ring();
        let mut random = fastrand::Rng::with_seed(1);
        for person in (0..75).filter(|person| person % 5 == 0) {
            for round in 0..12_i64 {
                let at = 20 * DAY + person as i64 + round;
                let next = random.usize(..VIDEOS - 16);
                let video = (person * 7 + 16 + next) % VIDEOS;
                let chance = Some(1.0 / (VIDEOS - 16) as f64);
                log.push(action(person, video, FeedbackKind::Impression, chance, at));
                if next < 5 {
                    log.push(action(person, video, FeedbackKind::Like, None, at + 600));
                }
            }
        }
        // The likings after the impressions are the last tenth.
        let report = with_options(&log, |options| {
            off_policy(options, Report::new("off-policy", Vec::new()), &|_, _| {})
        });
        let report = report.expect("enough");
        let row = |name: &str| report.results.iter().find(|row| row.name == name).expect("a row");
        let (trail, popular) = (row("trail"), row("popular"));
        assert!(trail.count >= FEWEST_SHOWN && trail.metrics["logged"] > 0.05, "{report}");
        assert!(trail.metrics["snips"] > 1.3 * trail.metrics["logged"], "{report}");
        assert!(trail.metrics["snips"] > popular.metrics["snips"], "{report}");
        assert!(trail.metrics["effective_rows"] < trail.count as f64);
    }
}
