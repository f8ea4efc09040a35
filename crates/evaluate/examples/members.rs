//! What a blend would be worth with other members, on what is held back of the
//! training (never on the test): the tables of `docs/decisions/041-taste.md`.
//!
//! ```text
//! cargo run --release -p vireo-evaluate --example members -- DIR FORMAT loo|time SEED MEMBERS [MEMBERS …]
//! ```
//!
//! MEMBERS are names of models as of `vireo bench recommend --models`, parted by
//! commas; `als:.003` is ALS with that regularisation. Every list is compared with
//! the first one.

use std::collections::HashMap;
use std::path::Path;
use vireo_evaluate::recommend::data::{self, Format};
use vireo_interest::models::{
    AlsConfig, Base, Blend, Recency, Recipe, Run, Split, mean_and_error, recipes,
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, format, split, seed, lists @ ..] = &arguments[..] else {
        panic!("DIR FORMAT loo|time SEED MEMBERS …");
    };
    let seed = seed.parse().expect("a seed");
    let format = Format::from_name(format).expect("a known format");
    let split = if split == "time" { Split::Time } else { Split::LeaveOneOut };
    let set = data::read(Path::new(dir), format, seed).expect("readable");
    let (train, _) = split.of(&set.interactions);
    println!(
        "| members | NDCG@10 | beside the first | each: NDCG@10, weight |\n|---|---:|---:|---|"
    );
    let mut first: Option<Vec<f64>> = None;
    for list in lists {
        let names: Vec<&str> = list.split(',').collect();
        let members: Vec<Recipe> = names.iter().map(|name| recipe(name, seed)).collect();
        let (blends, run) = ([members.len()], Run::seeded(seed));
        let trial = Blend::tried(&members, &blends, &train, split, &run).expect("enough cases");
        let column = |place: usize| trial.people.iter().map(|row| row[place]).collect::<Vec<f64>>();
        let blend = column(names.len());
        let first = first.get_or_insert_with(|| blend.clone());
        let gains: Vec<f64> = blend.iter().zip(&*first).map(|(one, other)| one - other).collect();
        let (gain, error) = mean_and_error(&gains);
        let each = names.iter().enumerate().map(|(place, name)| {
            format!("{name} {:.4} {:.2}", mean_and_error(&column(place)).0, trial.weights[0][place])
        });
        let each: Vec<String> = each.collect();
        let (all, _) = mean_and_error(&blend);
        println!("| {list} | {all:.4} | {gain:+.4} ± {error:.4} | {} |", each.join(", "));
    }
}

fn recipe(name: &str, seed: u64) -> Recipe {
    let mut known: HashMap<&str, Recipe> =
        recipes(seed).into_iter().map(|recipe| (recipe.name, recipe)).collect();
    if let Some(recipe) = known.remove(name) {
        return recipe;
    }
    let regularisation = name.strip_prefix("als:").and_then(|number| number.parse().ok());
    let regularisation = regularisation.unwrap_or_else(|| panic!("there is no model {name}"));
    let als = AlsConfig { regularisation, ..AlsConfig::seeded(seed) };
    Recipe { name: "als", base: Base::Als(als), recency: Recency::ALL }
}
