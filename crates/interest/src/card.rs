//! The model card: what was trained over what, and why it was chosen.

use crate::models::{Base, FEWEST_CASES, Interactions, Recency, Recipe, Trial};
use serde::{Deserialize, Serialize};
use std::fmt;
use vireo_domain::Timestamp;

/// What [`crate::Taste`] was trained over, and why its model was chosen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ModelCard {
    /// People who liked anything.
    pub people: usize,
    /// Videos that anybody did something with.
    pub videos: usize,
    /// Likings: one for each person and video.
    pub likings: usize,
    /// The newest action.
    pub newest: Timestamp,
    /// Of all that was learned from: the same data and seed give the same model.
    pub checksum: String,
    /// Likings that were held back to tell models apart.
    pub cases: usize,
    /// People who have them.
    pub asked: usize,
    /// What each model reached on them, in no order.
    pub figures: Vec<Figure>,
    /// The model in use.
    pub chosen: String,
    /// Why, in a sentence.
    pub why: String,
    /// What is in it.
    pub members: Vec<Member>,
    /// Seed of the training.
    pub seed: u64,
    /// How long it took.
    pub seconds: f64,
    /// What was held back is all that people turned to since then, the end of the
    /// training before; `None`: the last tenth of the time line.
    pub tried_since: Option<Timestamp>,
    /// Whether the network in use went on from that training.
    pub went_on: bool,
}

/// What one model reached on validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The model.
    pub name: String,
    /// NDCG@10 over all videos that the person had not seen, mean over people.
    pub ndcg: f64,
    /// Its mean gain over co-watching, person by person, and the standard error.
    pub gain: (f64, f64),
}

/// A model with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its settings.
    pub base: Base,
    /// What it sees of a history.
    pub recency: Recency,
    /// Its weight in a blend.
    pub weight: Option<f32>,
}

/// The simplest model, in use where no other is better.
pub(crate) const SIMPLEST: &str = "co-watching";

impl ModelCard {
    /// Of a training over `data` for which there is nothing to choose by yet.
    pub(crate) fn of(data: &Interactions, seed: u64) -> Self {
        let likes = |history: &Vec<_>| {
            history.iter().filter(|event: &&crate::models::Event| event.weight > 0.0).count()
        };
        let likings: Vec<usize> = data.histories.iter().map(likes).collect();
        Self {
            people: likings.iter().filter(|count| **count > 0).count(),
            videos: data.items,
            likings: likings.iter().sum(),
            newest: Timestamp::from_second(data.newest()).unwrap_or_default(),
            checksum: data.checksum(),
            chosen: SIMPLEST.to_owned(),
            why: format!(
                "{SIMPLEST} is used, the simplest: fewer than {FEWEST_CASES} likings could be held \
                 back to tell models apart"
            ),
            seed,
            ..Self::default()
        }
    }

    /// Whether there is a network in use.
    pub(crate) fn has_network(&self) -> bool {
        self.members.iter().any(|member| member.base.is_network())
    }

    /// Notes what was reached; `names` are of the trial's columns.
    pub(crate) fn tried(&mut self, names: &[&str], trial: &Trial) {
        let people = &trial.people;
        let simplest = names.iter().position(|name| *name == SIMPLEST).expect("it is always tried");
        let figure = |(place, name): (usize, &&str)| Figure {
            name: (*name).to_owned(),
            ndcg: people.iter().map(|row| row[place]).sum::<f64>() / people.len() as f64,
            gain: trial.gain(place, simplest),
        };
        self.figures = names.iter().enumerate().map(figure).collect();
        (self.cases, self.asked) = (trial.cases.len(), people.len());
    }

    /// The best model, if it beats the simplest by more than a standard error
    /// and is no floor. Those with a network count where they beat the best of
    /// the others by as much: `gain` of the first over the second.
    pub(crate) fn choose(
        &mut self,
        floors: &[&str],
        networks: &[&str],
        gain: impl Fn(&str, &str) -> (f64, f64),
    ) {
        let best_of = |with_network: bool| {
            let is_one = |figure: &&Figure| networks.contains(&&*figure.name) == with_network;
            let figures = self.figures.iter().filter(is_one);
            figures.max_by(|a, b| a.ndcg.total_cmp(&b.ndcg))
        };
        let Some(mut best) = best_of(false) else { return };
        let mut beside: Vec<&str> = vec![SIMPLEST];
        beside.extend(floors);
        if let Some(network) = best_of(true) {
            let (gain, error) = gain(&network.name, &best.name);
            let other = if gain > error { best } else { network };
            if !beside.contains(&&*other.name) && (gain > error || other.ndcg > best.ndcg) {
                beside.insert(0, &other.name);
            }
            if gain > error {
                best = network;
            }
        }
        let is_floor = floors.contains(&&*best.name);
        let is_clear = best.gain.0 > best.gain.1;
        self.chosen = if is_clear && !is_floor { best.name.clone() } else { SIMPLEST.to_owned() };
        let of = |name: &str| self.figures.iter().find(|figure| figure.name == name);
        let told = |name: &&str| of(name).map(|figure| format!("{name} {:.4}", figure.ndcg));
        let (cases, asked) = (self.cases, self.asked);
        let on = format!("on {cases} held-back likings of {asked} people");
        let Figure { name, ndcg, .. } = best;
        let simplest = told(&SIMPLEST).unwrap_or_default();
        self.why = if is_clear && !is_floor {
            let beside: Vec<String> = beside.iter().filter_map(told).collect();
            format!("{name} is used: NDCG@10 {ndcg:.4} {on}, beside {}", beside.join(", "))
        } else if is_clear {
            format!(
                "{SIMPLEST} is used, the simplest that knows people apart: {on} nothing is clearly \
                 better than {name}, the same for all ({name} {ndcg:.4}, {simplest})"
            )
        } else {
            format!(
                "{SIMPLEST} is used, the simplest: {on} no other is better by more than chance \
                 ({name} {ndcg:.4}, {simplest})"
            )
        };
    }

    /// Notes what was trained, with the weights of a blend.
    pub(crate) fn trained(&mut self, recipes: &[Recipe], weights: Option<&[f32]>) {
        let member = |(place, recipe): (usize, &Recipe)| Member {
            name: recipe.name.to_owned(),
            base: recipe.base,
            recency: recipe.recency,
            weight: weights.map(|weights| weights[place]),
        };
        self.members = recipes.iter().enumerate().map(member).collect();
    }

    /// Notes that the model of an earlier training stays in use.
    pub(crate) fn kept(&mut self, before: &Self, old: f64, new: f64, cases: usize) {
        self.why = format!(
            "{} of the training before stays in use: on {cases} likings since then its NDCG@10 is \
             {old:.4}, and that of {}, newly trained, {new:.4}",
            before.chosen, self.chosen
        );
        self.chosen.clone_from(&before.chosen);
        self.members.clone_from(&before.members);
    }
}

/// The card in Markdown.
impl fmt::Display for ModelCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# What a person turns to next: {}\n\n{}.\n", self.chosen, self.why)?;
        writeln!(
            f,
            "Trained over {} likings of {} videos by {} people, the newest of {} (checksum {}); seed \
             {}, {:.1} s.",
            self.likings,
            self.videos,
            self.people,
            self.newest.strftime("%Y-%m-%d"),
            self.checksum,
            self.seed,
            self.seconds
        )?;
        if self.went_on {
            writeln!(f, "\nThe network went on from the training before.")?;
        }
        if !self.figures.is_empty() {
            writeln!(
                f,
                "\nOn {} likings of {} people, {}, at most ten a person, none of them seen in the \
                 training for this table:\n\n\
                 | model | NDCG@10 | gain over {SIMPLEST} | standard error |\n|---|---:|---:|---:|",
                self.cases,
                self.asked,
                match self.tried_since {
                    Some(since) => format!("all since {}", since.strftime("%Y-%m-%d %H:%M:%S")),
                    None => "of the last tenth of the time line".to_owned(),
                }
            )?;
        }
        for Figure { name, ndcg, gain: (gain, error) } in &self.figures {
            writeln!(f, "| {name} | {ndcg:.4} | {gain:+.4} | {error:.4} |")?;
        }
        if !self.members.is_empty() {
            writeln!(f, "\n| in use | weight | sees | settings |\n|---|---:|---|---|")?;
        }
        for Member { name, base, recency, weight } in &self.members {
            let weight = weight.map_or(String::new(), |weight| format!("{weight:.3}"));
            writeln!(f, "| {name} | {weight} | {recency} | `{base:?}` |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures by name: NDCG@10, gain over the simplest, its error.
    fn card(figures: &[(&str, f64, f64)]) -> ModelCard {
        let figure = |(name, ndcg, error): &(&str, f64, f64)| Figure {
            name: (*name).to_owned(),
            ndcg: *ndcg,
            gain: (ndcg - 0.1, *error),
        };
        ModelCard { figures: figures.iter().map(figure).collect(), ..ModelCard::default() }
    }

    #[test]
    fn a_network_is_used_where_it_is_clearly_better_than_the_best_without() {
        let figures = [
            ("popular", 0.05, 0.02),
            (SIMPLEST, 0.1, 0.0),
            ("plain", 0.15, 0.02),
            ("deep", 0.17, 0.02),
        ];
        for (error, chosen) in [(0.01, "deep"), (0.03, "plain")] {
            let mut card = card(&figures);
            card.choose(&["popular"], &["deep"], |one, other| {
                assert_eq!((one, other), ("deep", "plain"));
                (0.02, error)
            });
            assert_eq!(card.chosen, chosen);
            let beside = format!("{chosen} is used: NDCG@10");
            assert!(card.why.starts_with(&beside), "{}", card.why);
            assert!(card.why.contains("co-watching 0.1000, popular 0.0500"), "{}", card.why);
            assert!(card.why.contains("plain 0.1500") || chosen == "plain", "{}", card.why);
            assert!(card.why.contains("deep 0.1700") || chosen == "deep", "{}", card.why);
        }
    }

    #[test]
    fn a_floor_and_what_is_no_better_leave_the_simplest() {
        let none = |_: &str, _: &str| (0.0, 1.0);
        let mut floor =
            card(&[("popular", 0.2, 0.02), (SIMPLEST, 0.1, 0.0), ("plain", 0.12, 0.03)]);
        floor.choose(&["popular"], &[], none);
        assert_eq!(floor.chosen, SIMPLEST);
        assert!(floor.why.contains("nothing is clearly better than popular"), "{}", floor.why);
        let mut chance = card(&[(SIMPLEST, 0.1, 0.0), ("plain", 0.12, 0.03)]);
        chance.choose(&["popular"], &[], none);
        assert_eq!(chance.chosen, SIMPLEST);
        assert!(chance.why.contains("no other is better by more than chance"), "{}", chance.why);
    }
}
