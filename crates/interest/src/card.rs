//! The model card: what was trained over what, and why it was chosen.

use crate::models::{Base, FEWEST_CASES, Interactions, Recency, Recipe, Trial, mean_and_error};
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
            chosen: SIMPLEST.to_owned(),
            why: format!(
                "{SIMPLEST} is used, the simplest: fewer than {FEWEST_CASES} likings could be held \
                 back to tell models apart"
            ),
            seed,
            ..Self::default()
        }
    }

    /// Notes what was reached; `recipes` in the order of the trial, the simplest last.
    pub(crate) fn tried(&mut self, recipes: &[Recipe], trial: &Trial) {
        let simplest = recipes.len() - 1;
        let names = recipes.iter().map(|recipe| recipe.name).chain(["blend"]);
        let figure = |(place, name): (usize, &str)| {
            let of = |row: &Vec<f64>| row[place];
            let gains: Vec<f64> =
                trial.people.iter().map(|row| row[place] - row[simplest]).collect();
            Figure {
                name: name.to_owned(),
                ndcg: trial.people.iter().map(of).sum::<f64>() / trial.people.len() as f64,
                gain: mean_and_error(&gains),
            }
        };
        self.figures = names.enumerate().map(figure).collect();
        (self.cases, self.asked) = (trial.cases, trial.people.len());
    }

    /// The best model, if it beats the simplest by more than a standard error
    /// and is no floor.
    pub(crate) fn choose(&mut self, floors: &[&str]) {
        let best = self.figures.iter().max_by(|a, b| a.ndcg.total_cmp(&b.ndcg));
        let Some(best) = best else { return };
        let is_clear = best.gain.0 > best.gain.1 && !floors.contains(&&*best.name);
        self.chosen = if is_clear { best.name.clone() } else { SIMPLEST.to_owned() };
        let of = |name: &str| self.figures.iter().find(|figure| figure.name == name);
        let told = |name: &&str| of(name).map(|figure| format!("{name} {:.4}", figure.ndcg));
        let simplest = told(&SIMPLEST).unwrap_or_default();
        let floors: Vec<String> = floors.iter().filter_map(told).collect();
        let (cases, asked) = (self.cases, self.asked);
        let on = format!("on {cases} held-back likings of {asked} people");
        self.why = if is_clear {
            let Figure { name, ndcg, .. } = best;
            let floors = floors.join(", ");
            format!("{name} is used: NDCG@10 {ndcg:.4} {on}, beside {simplest}, {floors}")
        } else {
            format!(
                "{SIMPLEST} is used, the simplest: {on} no other is better by more than chance \
                 ({} {:.4}, {simplest})",
                best.name, best.ndcg
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
            "Trained over {} likings of {} videos by {} people, the newest of {}; seed {}, {:.1} s.",
            self.likings,
            self.videos,
            self.people,
            self.newest.strftime("%Y-%m-%d"),
            self.seed,
            self.seconds
        )?;
        if !self.figures.is_empty() {
            writeln!(
                f,
                "\nOn the {} likings of {} people in the last tenth of the time line, at most ten a \
                 person, none of them seen in the training for this table:\n\n\
                 | model | NDCG@10 | gain over {SIMPLEST} | standard error |\n|---|---:|---:|---:|",
                self.cases, self.asked
            )?;
        }
        for Figure { name, ndcg, gain: (gain, error) } in &self.figures {
            writeln!(f, "| {name} | {ndcg:.4} | {gain:+.4} | {error:.4} |")?;
        }
        if !self.members.is_empty() {
            writeln!(f, "\n| in use | weight | settings |\n|---|---:|---|")?;
        }
        for Member { name, base, recency, weight } in &self.members {
            let weight = weight.map_or(String::new(), |weight| format!("{weight:.3}"));
            writeln!(f, "| {name} | {weight} | `{base:?}`, `{recency:?}` |")?;
        }
        Ok(())
    }
}
