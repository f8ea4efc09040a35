//! What is known of items beside what is done with them, and the learned map
//! that adds it to their rows.

use crate::lanes::{add, add_scaled, wide};
use crate::noise::mix;
use crate::product::{View, ViewMut, add_product, multiply};
use crate::{Error, Result};
use fastrand::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Parts that items are cut into; their sums are added up in order, whatever the
/// number of threads.
const PARTS: usize = 16;

/// What is known of items, in two modalities: what they mean, and the names that
/// they share. A row of an item is its own row of a table and, of a map with a row
/// for each column here, the sum of these times what the item has there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features {
    /// Numbers of a meaning.
    pub columns: usize,
    /// Meanings, item after item; all 0 where one is not known.
    pub meanings: Vec<f32>,
    /// How many names there are.
    pub name_count: usize,
    /// The names of each item with what each is worth. Empty: no item has any.
    pub names: Vec<Vec<(u32, f32)>>,
    /// Whether anything was done with an item. Of others that are described the own
    /// row is not used. Empty: with all.
    pub known: Vec<bool>,
}

/// Shares of what is known of items that a step does without, so that no part of
/// it is needed (`DropoutNet`: Volkovs et al., NIPS 2017).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Without {
    /// Of own rows, where items are described; 1: of all items, always.
    pub ids: f32,
    /// Of each modality.
    pub modalities: f32,
}

impl Without {
    /// Everything is read.
    pub const NOTHING: Self = Self { ids: 0.0, modalities: 0.0 };

    /// Whether these are shares.
    pub(crate) fn is_sound(self) -> bool {
        (0.0..=1.0).contains(&self.ids) && (0.0..1.0).contains(&self.modalities)
    }
}

/// What is read of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Read {
    own: bool,
    meaning: bool,
    names: bool,
}

impl Read {
    /// As it is, whatever it is about.
    pub(crate) const OWN: Self = Self { own: true, meaning: false, names: false };
}

/// What [`Features::none`] is.
static NONE: Features = Features {
    columns: 0,
    meanings: Vec::new(),
    name_count: 0,
    names: Vec::new(),
    known: Vec::new(),
};

impl Features {
    /// Nothing of any item.
    pub fn none() -> &'static Self {
        &NONE
    }

    /// Whether anything was done with an item.
    pub fn knows(&self, item: usize) -> bool {
        self.known.get(item).is_none_or(|known| *known)
    }

    /// Rows of a map.
    pub fn width(&self) -> usize {
        self.columns + self.name_count
    }

    /// Refuses what is not of so many items, and names that there are not.
    pub(crate) fn check(&self, items: usize) -> Result<()> {
        let are_of_all = self.meanings.len() == self.columns * items
            && [self.names.len(), self.known.len()].iter().all(|it| *it == items || *it == 0);
        let most = self.names.iter().flatten().map(|(name, _)| *name as usize).max();
        if are_of_all && most.is_none_or(|most| most < self.name_count) {
            return Ok(());
        }
        let reason = format!("features are not of {items} items with {} names", self.name_count);
        Err(Error::Settings(reason))
    }

    /// Whether anything is known of an item.
    fn describe(&self, item: usize) -> bool {
        let meaning = self.columns * item..self.columns * (item + 1);
        !self.names_of(item).is_empty() || self.meanings[meaning].iter().any(|it| *it != 0.0)
    }

    fn names_of(&self, item: usize) -> &[(u32, f32)] {
        self.names.get(item).map_or(&[], Vec::as_slice)
    }

    /// What is read of so many items: in a step of a seed, or of all that there is.
    pub(crate) fn drawn(&self, items: usize, without: Without, seed: Option<u64>) -> Vec<Read> {
        let mut random = Rng::with_seed(mix(seed.unwrap_or_default() ^ 0x5e1f));
        let mut is_left_out = |share: f32| seed.is_some() && random.f32() < share;
        let draw = |item: usize| {
            let is_described = self.width() > 0 && self.describe(item);
            let ids = is_left_out(without.ids);
            let [meaning, names] = [(); 2].map(|()| !is_left_out(without.modalities));
            // Of what is not described the own row is all there is.
            let own = without.ids < 1.0 && (!is_described || self.knows(item) && !ids);
            Read { own, meaning, names }
        };
        (0..items).map(draw).collect()
    }

    /// The rows of all items, so wide, of their own rows and a map.
    pub(crate) fn rows<'a>(
        &self,
        own: &'a [f32],
        map: &[f32],
        width: usize,
        read: &[Read],
    ) -> Cow<'a, [f32]> {
        if self.width() == 0 && read.iter().all(|read| read.own) {
            return Cow::Borrowed(own);
        }
        let (of_meanings, of_names) = map.split_at(self.columns * width);
        let mut rows = own.to_vec();
        let share = read.len().div_ceil(PARTS).max(1);
        let parts = rows.par_chunks_mut(share * width).zip(read.par_chunks(share));
        parts.enumerate().for_each(|(number, (rows, read))| {
            for (row, _) in rows.chunks_exact_mut(width).zip(read).filter(|(_, read)| !read.own) {
                row.fill(0.0);
            }
            if self.columns > 0 {
                let meanings = self.meanings_of(number * share, read);
                let map = View::new(of_meanings, width);
                add_product(View::new(&meanings, self.columns), map, ViewMut::new(rows, width));
            }
            for (place, row) in rows.chunks_exact_mut(width).enumerate() {
                for (name, value) in self.names_read(number * share + place, read[place]) {
                    add_scaled(row, *value, &of_names[*name as usize * width..][..width]);
                }
            }
        });
        Cow::Owned(rows)
    }

    /// From the gradient of items' rows to that of the map; what is left of the
    /// former is that of their own rows.
    pub(crate) fn gradient(
        &self,
        of_rows: &mut [f32],
        of_map: &mut [f32],
        width: usize,
        read: &[Read],
    ) {
        let (of_meanings, of_names) = of_map.split_at_mut(self.columns * width);
        of_meanings.fill(0.0);
        of_names.fill(0.0);
        let share = read.len().div_ceil(PARTS).max(1);
        if self.columns > 0 {
            let parts = of_rows.par_chunks(share * width).zip(read.par_chunks(share)).enumerate();
            let parts: Vec<Vec<f32>> = parts
                .map(|(number, (of_rows, read))| {
                    let mut part = vec![0.0; self.columns * width];
                    let meanings = self.meanings_of(number * share, read);
                    let meanings = View::new(&meanings, self.columns);
                    let out = ViewMut::new(&mut part, width);
                    multiply(meanings.turned(), View::new(of_rows, width), out);
                    part
                })
                .collect();
            for part in &parts {
                wide(|| add(of_meanings, part));
            }
        }
        for (item, (row, read)) in of_rows.chunks_exact_mut(width).zip(read).enumerate() {
            for (name, value) in self.names_read(item, *read) {
                add_scaled(&mut of_names[*name as usize * width..][..width], *value, row);
            }
            if !read.own {
                row.fill(0.0);
            }
        }
    }

    /// Meanings of some items in a row, 0 where they are not read.
    fn meanings_of(&self, from: usize, read: &[Read]) -> Cow<'_, [f32]> {
        let meanings = &self.meanings[from * self.columns..][..read.len() * self.columns];
        if read.iter().all(|read| read.meaning) {
            return Cow::Borrowed(meanings);
        }
        let mut meanings = meanings.to_vec();
        let rows = meanings.chunks_exact_mut(self.columns).zip(read);
        rows.filter(|(_, read)| !read.meaning).for_each(|(row, _)| row.fill(0.0));
        Cow::Owned(meanings)
    }

    fn names_read(&self, item: usize, read: Read) -> &[(u32, f32)] {
        if read.names { self.names_of(item) } else { &[] }
    }

    /// What tells these from others.
    pub(crate) fn fingerprint(&self, hasher: &mut blake3::Hasher) {
        hasher.update(format!("{} {} {:?}", self.columns, self.name_count, self.known).as_bytes());
        self.meanings.iter().for_each(|value| {
            hasher.update(&value.to_le_bytes());
        });
        for names in &self.names {
            hasher.update(format!("{names:?}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::{self, Random};

    const ITEMS: usize = 40;
    const WIDTH: usize = 6;

    /// The last is not known, the one before it not described, the one before that
    /// not either.
    fn features() -> Features {
        let (columns, name_count) = (5, 3);
        let mut random = Rng::with_seed(1);
        let mut names = || (0..3).filter(|_| random.bool()).map(|name| (name, 0.5)).collect();
        let mut names: Vec<Vec<(u32, f32)>> = (0..ITEMS).map(|_| names()).collect();
        let mut meanings = Random::new(4).numbers(ITEMS * columns);
        for item in [ITEMS - 2, ITEMS - 3] {
            names[item].clear();
            meanings[item * columns..][..columns].fill(0.0);
        }
        let known = (0..ITEMS).map(|item| item != ITEMS - 1 && item != ITEMS - 3).collect();
        Features { columns, meanings, name_count, names, known }
    }

    #[test]
    fn a_row_is_the_own_one_and_what_is_known() {
        let features = features();
        let own = Random::new(2).numbers(ITEMS * WIDTH);
        let map = Random::new(3).numbers(features.width() * WIDTH);
        let without = Without { ids: 0.3, modalities: 0.3 };
        for seed in [None, Some(7)] {
            let read = features.drawn(ITEMS, without, seed);
            let rows = features.rows(&own, &map, WIDTH, &read);
            for item in 0..ITEMS {
                let read = read[item];
                let mut wanted = vec![0.0; WIDTH];
                if read.own {
                    wanted.copy_from_slice(&own[item * WIDTH..][..WIDTH]);
                }
                for column in 0..features.columns {
                    let value = features.meanings[item * features.columns + column];
                    let value = if read.meaning { value } else { 0.0 };
                    add_scaled(&mut wanted, value, &map[column * WIDTH..][..WIDTH]);
                }
                for (name, value) in features.names[item].iter().filter(|_| read.names) {
                    let row = features.columns + *name as usize;
                    add_scaled(&mut wanted, *value, &map[row * WIDTH..][..WIDTH]);
                }
                plain::assert_close(&rows[item * WIDTH..][..WIDTH], &plain::precise(&wanted));
            }
            assert!(!read[ITEMS - 1].own, "nothing was done with it");
            assert!(read[ITEMS - 2].own && read[ITEMS - 3].own, "it has nothing else");
            let some =
                |is: fn(&Read) -> bool| read[..ITEMS - 3].iter().filter(|it| !is(it)).count();
            let left_out = [some(|it| it.own), some(|it| it.meaning), some(|it| it.names)];
            assert!(left_out.iter().all(|count| (seed.is_some()) == (*count > 2)), "{left_out:?}");
        }
        assert!(
            features.drawn(ITEMS, Without { ids: 1.0, ..without }, None).iter().all(|it| !it.own)
        );
    }

    #[test]
    fn the_gradient_is_where_the_rows_go() {
        let features = features();
        let read = features.drawn(ITEMS, Without { ids: 0.3, modalities: 0.3 }, Some(1));
        let own = Random::new(2).numbers(ITEMS * WIDTH);
        let map = Random::new(3).numbers(features.width() * WIDTH);
        let weights = Random::new(5).numbers(ITEMS * WIDTH);
        let mut of_own = weights.clone();
        let mut of_map = vec![f32::NAN; map.len()];
        features.gradient(&mut of_own, &mut of_map, WIDTH, &read);
        // Rows are linear in both: their weighed sum is that of the gradients.
        let sum =
            |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum() };
        let wanted = sum(&features.rows(&own, &map, WIDTH, &read), &weights);
        let found = sum(&own, &of_own) + sum(&map, &of_map);
        assert!((wanted - found).abs() < 1e-4, "{found}, not {wanted}");
        let other = Random::new(6).numbers(map.len());
        let wanted = sum(&features.rows(&own, &other, WIDTH, &read), &weights);
        let found = sum(&own, &of_own) + sum(&other, &of_map);
        assert!((wanted - found).abs() < 1e-4, "{found}, not {wanted}");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads");
        let (mut again, mut of_map_again) = (weights, vec![0.0; map.len()]);
        pool.install(|| features.gradient(&mut again, &mut of_map_again, WIDTH, &read));
        assert!(again == of_own && of_map_again == of_map);
    }

    #[test]
    fn without_any_the_own_rows_are_all() {
        let (features, own) = (Features::default(), [1.0, 2.0, 3.0, 4.0]);
        let read = features.drawn(2, Without { ids: 0.9, modalities: 0.9 }, Some(1));
        assert!(matches!(features.rows(&own, &[], 2, &read), Cow::Borrowed(_)));
        let mut of_own = own;
        features.gradient(&mut of_own, &mut [], 2, &read);
        assert_eq!(of_own, own);
    }

    #[test]
    fn what_is_not_of_the_items_is_refused() {
        let sound = features();
        assert!(sound.check(ITEMS).is_ok() && Features::default().check(7).is_ok());
        for unsound in [
            Features { meanings: vec![0.0; 3], ..sound.clone() },
            Features { name_count: 2, ..sound.clone() },
            Features { known: vec![true], ..sound.clone() },
        ] {
            assert!(unsound.check(ITEMS).is_err());
        }
        assert!(sound.check(ITEMS + 1).is_err());
    }
}
