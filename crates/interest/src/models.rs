//! Models learned from everybody's feedback.
//!
//! One file each behind one trait, [`Model`], and one list, [`recipes`]: to add
//! one, write the file, its line in [`Base`] and in [`Fitted`], and a recipe.
//! All take the numbered histories of [`Interactions`] and score every item for
//! any history, also that of a person who was never seen in training. What
//! `vireo train` makes of them is in [`crate::Crowd`] and [`crate::Taste`].

mod algebra;
mod als;
mod autoencoder;
mod blend;
mod cases;
mod content;
mod content_als;
mod ease;
mod gru4rec;
mod interactions;
mod item_knn;
mod logit;
mod markov;
mod popularity;
mod run;
mod sequence;
mod size;
mod sparse;
mod transformer;
mod two_tower;
mod user_knn;
mod vae;

pub use als::{Als, AlsConfig};
pub use autoencoder::AutoencoderConfig;
pub use blend::{Blend, FEWEST_CASES, Rule, Trial};
pub use cases::{Case, MOST_CASES, Split, by_person, mean_and_error};
pub use content::{Content, Description, Direction, Vocabulary};
pub use content_als::ContentAls;
pub use ease::{Ease, EaseConfig};
pub use gru4rec::{Gru4Rec, Gru4RecConfig};
pub use interactions::{Event, Interactions, Recency};
pub use item_knn::{ItemKnn, ItemKnnConfig};
pub use markov::{Markov, MarkovConfig};
pub use popularity::{Popularity, PopularityConfig};
pub use run::{Before, Epoch, Run};
pub use sequence::{MARKS, Settings, tokens};
pub use transformer::{Transformer, TransformerConfig};
pub use two_tower::{TwoTower, TwoTowerConfig};
pub use user_knn::{UserKnn, UserKnnConfig};
pub use vae::Vae;

use serde::{Deserialize, Serialize};

/// A model of what comes next in a history.
pub trait Model: Send + Sync {
    /// Its settings.
    type Config
    where
        Self: Sized;

    /// Learns from what everybody did.
    fn fit(data: &Interactions, config: &Self::Config) -> Self
    where
        Self: Sized;

    /// A score for every item, higher is better, comparable within one call
    /// only. `history` is oldest first, its weights above 0 (as [`Recency::of`]
    /// leaves it); `at` is the second of the question, not before its end, for
    /// models that know how long ago that was; `out` has a place for each item of the training. Items of
    /// the history get a score like all others: what was seen is for the
    /// caller to leave out.
    fn scores(&self, history: &[Event], at: i64, out: &mut [f32]);
}

/// A model before its training: which, with what settings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// [`Popularity`].
    Popularity(PopularityConfig),
    /// [`Markov`].
    Markov(MarkovConfig),
    /// [`ItemKnn`].
    ItemKnn(ItemKnnConfig),
    /// [`UserKnn`].
    UserKnn(UserKnnConfig),
    /// [`Ease`].
    Ease(EaseConfig),
    /// [`Als`].
    Als(AlsConfig),
    /// [`Gru4Rec`].
    Gru4Rec(Gru4RecConfig),
    /// [`Transformer`].
    Transformer(TransformerConfig),
    /// [`Vae`].
    Vae(AutoencoderConfig),
    /// [`TwoTower`].
    TwoTower(TwoTowerConfig),
    /// [`ContentAls`].
    ContentAls(AlsConfig),
}

impl Base {
    /// With what follows from the data fixed, so that a training on part of it
    /// is of the same network.
    #[must_use]
    pub fn settled(self, data: &Interactions) -> Self {
        match self {
            Self::Gru4Rec(config) => {
                let settings = Some(config.settings(data));
                Self::Gru4Rec(Gru4RecConfig { settings, ..config })
            }
            Self::Transformer(config) => {
                let settings = Some(config.settings(data));
                Self::Transformer(TransformerConfig { settings, ..config })
            }
            other => other,
        }
    }

    /// Whether it trains for minutes, in a [`Run`].
    pub fn is_network(&self) -> bool {
        matches!(self, Self::Gru4Rec(_) | Self::Transformer(_))
    }

    /// Trains it. What a [`Run`] says of networks is of GRU4Rec and the
    /// Transformer, which train for minutes; the others are made anew.
    pub fn fit(&self, data: &Interactions, run: &Run<'_>) -> Fitted {
        match self {
            Self::Popularity(config) => Fitted::Popularity(Model::fit(data, config)),
            Self::Markov(config) => Fitted::Markov(Model::fit(data, config)),
            Self::ItemKnn(config) => Fitted::ItemKnn(Model::fit(data, config)),
            Self::UserKnn(config) => Fitted::UserKnn(Model::fit(data, config)),
            Self::Ease(config) => Fitted::Ease(Model::fit(data, config)),
            Self::Als(config) => Fitted::Als(Model::fit(data, config)),
            Self::ContentAls(config) => Fitted::ContentAls(Model::fit(data, config)),
            Self::Gru4Rec(config) => Fitted::Gru4Rec(Gru4Rec::fit_in(data, config, run)),
            Self::Transformer(config) => {
                Fitted::Transformer(Transformer::fit_in(data, config, run))
            }
            Self::Vae(config) => Fitted::Vae(Model::fit(data, config)),
            Self::TwoTower(config) => Fitted::TwoTower(Model::fit(data, config)),
        }
    }
}

/// A trained model, as it is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Fitted {
    Popularity(Popularity),
    Markov(Markov),
    ItemKnn(ItemKnn),
    UserKnn(UserKnn),
    Ease(Ease),
    Als(Als),
    Gru4Rec(Gru4Rec),
    Transformer(Transformer),
    Vae(Vae),
    TwoTower(TwoTower),
    ContentAls(ContentAls),
}

impl Fitted {
    /// What it does.
    pub fn model(&self) -> &dyn Model {
        match self {
            Self::Popularity(model) => model,
            Self::Markov(model) => model,
            Self::ItemKnn(model) => model,
            Self::UserKnn(model) => model,
            Self::Ease(model) => model,
            Self::Als(model) => model,
            Self::ContentAls(model) => model,
            Self::Gru4Rec(model) => model,
            Self::Transformer(model) => model,
            Self::Vae(model) => model,
            Self::TwoTower(model) => model,
        }
    }
}

/// A model under a name: what is trained, and how much of a history it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recipe {
    /// The name in tables and settings.
    pub name: &'static str,
    /// The model.
    pub base: Base,
    /// What it sees of a history.
    pub recency: Recency,
}

/// Every single model, in the order of a table.
pub fn recipes(seed: u64) -> Vec<Recipe> {
    use Base::{
        Als, ContentAls, Ease, Gru4Rec, ItemKnn, Markov, Popularity, Transformer, TwoTower,
        UserKnn, Vae,
    };
    let als = Als(AlsConfig::seeded(seed));
    let kept_ease = Ease(EaseConfig::KEPT);
    let item_knn = ItemKnn(ItemKnnConfig::default());
    let user_knn = UserKnn(UserKnnConfig::default());
    let vae = Vae(AutoencoderConfig::seeded(seed));
    let recipe = |name, base, recency| Recipe { name, base, recency };
    vec![
        recipe("popular", Popularity(PopularityConfig::AllTime), Recency::ALL),
        recipe("popular-recent", Popularity(PopularityConfig::HalfLife(14.0)), Recency::ALL),
        recipe("popular-7d", Popularity(PopularityConfig::Days(7.0)), Recency::ALL),
        recipe("markov", Markov(MarkovConfig::FIRST_ORDER), Recency::LAST),
        recipe("trail", Markov(MarkovConfig::TRAIL), Recency::fading(0.7)),
        co_watching(100),
        recipe("item-knn", item_knn, Recency::ALL),
        recipe("item-knn-recent", item_knn, Recency::fading(0.9)),
        recipe("user-knn", user_knn, Recency::ALL),
        recipe("user-knn-recent", user_knn, Recency::fading(0.9)),
        recipe("ease", Ease(EaseConfig::ridge(100.0)), Recency::ALL),
        recipe("ease-kept", kept_ease, Recency::ALL),
        recipe("ease-recent", kept_ease, Recency::fading(0.8)),
        recipe("ease-latest", kept_ease, Recency::fading(0.5)),
        recipe("als", als, Recency::ALL),
        recipe("als-recent", als, Recency::fading(0.9)),
        recipe("content-als", ContentAls(AlsConfig::seeded(seed)), Recency::ALL),
        recipe("vae", vae, Recency::ALL),
        recipe("vae-recent", vae, Recency::fading(0.9)),
        recipe("two-tower", TwoTower(TwoTowerConfig::fused(seed)), Recency::ALL),
        recipe("gru4rec", Gru4Rec(Gru4RecConfig::seeded(seed)), Recency::ALL),
        recipe("transformer", Transformer(TransformerConfig::seeded(seed)), Recency::ALL),
    ]
}

/// Members of the blend; the first speaks for people of whom nothing is known.
/// Two of the linear ones see the whole history, for logs whose order says
/// little; they are the same trainings as the two before. Still more members, or
/// all weights of EASE, gain nothing on validation (docs/decisions/041).
const BLENDED: [&str; 8] = [
    "popular-recent",
    "popular",
    "trail",
    "item-knn-recent",
    "ease-recent",
    "als-recent",
    "ease-kept",
    "als",
];

/// The last member of the blend, in it only where it makes it better.
const NETWORK: &str = "transformer";

/// So many of the first members of the blend are no networks.
pub const LINEAR: usize = BLENDED.len();

/// The members of the blend, in the order of its weights.
pub fn blended(seed: u64) -> Vec<Recipe> {
    let all = recipes(seed);
    let members = BLENDED.iter().chain([&NETWORK]);
    members.filter_map(|name| all.iter().find(|r| r.name == *name).copied()).collect()
}

/// What is watched together, as a [`crate::Crowd`] with so many neighbours tells it.
pub fn co_watching(neighbours: usize) -> Recipe {
    Recipe {
        name: "co-watching",
        base: Base::ItemKnn(ItemKnnConfig::co_watching(neighbours)),
        recency: Recency { last: 200, decay: 0.986 },
    }
}

/// What [`train`] may be asked for, in the order of a table.
pub fn names() -> Vec<&'static str> {
    let singles = recipes(0).into_iter().map(|recipe| recipe.name);
    singles.chain(["fusion", "linear-blend", "blend"]).collect()
}

/// A trained model under its name, ready to answer and to be saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trained {
    /// One model.
    Single {
        /// The model.
        model: Fitted,
        /// What it sees of a history.
        recency: Recency,
    },
    /// Several.
    Blend(Blend),
}

impl Trained {
    /// A score for every item; see [`Model::scores`]. Takes a history as it is.
    pub fn scores(&self, history: &[Event], at: i64, out: &mut [f32]) {
        match self {
            Self::Single { model, recency } => model.model().scores(&recency.of(history), at, out),
            Self::Blend(blend) => blend.scores(history, at, out),
        }
    }

    /// What was trained, each once.
    pub fn models(&self) -> &[Fitted] {
        match self {
            Self::Single { model, .. } => std::slice::from_ref(model),
            Self::Blend(blend) => blend.models(),
        }
    }
}

/// Trains a model by its name ([`names`]); `None` if there is none of it.
/// A blend learns its weights on what `split` holds back.
pub fn train(name: &str, data: &Interactions, split: Split, run: &Run<'_>) -> Option<Trained> {
    let settled = |recipe: Recipe| Recipe { base: recipe.base.settled(data), ..recipe };
    let members = || blended(run.seed).into_iter().map(settled).collect::<Vec<Recipe>>();
    match name {
        "blend" => Some(Trained::Blend(Blend::learned(&members(), LINEAR, data, split, run))),
        "linear-blend" => {
            Some(Trained::Blend(Blend::learned(&members()[..LINEAR], LINEAR, data, split, run)))
        }
        "fusion" => Some(Trained::Blend(Blend::fused(&members()[..LINEAR], data, run))),
        _ => {
            let recipe = recipes(run.seed).into_iter().find(|recipe| recipe.name == name)?;
            Some(Trained::Single { model: recipe.base.fit(data, run), recency: recipe.recency })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::interactions::tests::{event, liked};
    use super::*;

    fn data() -> Interactions {
        liked(&[&[0, 1, 2], &[1, 2, 3], &[0, 2], &[], &[4]], 6)
    }

    #[test]
    fn every_model_answers_everybody() {
        let (linear, networks) = (&blended(0)[..LINEAR], &blended(0)[LINEAR..]);
        assert!(linear.iter().all(|recipe| !recipe.base.is_network()));
        assert!(networks.len() == 1 && networks[0].base.is_network());
        let mut disliked = event(1, 3);
        disliked.weight = -1.0;
        for name in names() {
            for data in [data(), liked(&[], 6), liked(&[&[0]], 6)] {
                let model = train(name, &data, Split::LeaveOneOut, &Run::seeded(1))
                    .expect("a name of the list");
                for history in [&[][..], &[disliked], &[event(5, 1)], &[event(0, 1), event(2, 2)]] {
                    let mut out = vec![f32::NAN; 6];
                    model.scores(history, 9, &mut out);
                    assert!(out.iter().all(|score| score.is_finite()), "{name}: {out:?}");
                }
            }
        }
        assert!(train("nonsense", &data(), Split::Time, &Run::seeded(1)).is_none());
    }

    #[test]
    fn a_saved_model_answers_as_before() {
        for name in names() {
            let model = train(name, &data(), Split::LeaveOneOut, &Run::seeded(1))
                .expect("a name of the list");
            let saved = serde_json::to_string(&model).expect("saved");
            let again: Trained = serde_json::from_str(&saved).expect("read");
            let (mut before, mut after) = (vec![0.0; 6], vec![0.0; 6]);
            model.scores(&[event(0, 1), event(1, 2)], 3, &mut before);
            again.scores(&[event(0, 1), event(1, 2)], 3, &mut after);
            assert_eq!(before, after, "{name}");
        }
    }
}
