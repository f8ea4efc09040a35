//! What items are about, as models are told it: what they mean, and the names
//! that they share.

use super::algebra::{add_scaled, dot, wide};
use super::sparse::Rows;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use vireo_learn::Features;

/// Items that have a name, from which it tells anything of others.
const FEWEST_ITEMS: usize = 3;

/// Names, at most: the most common.
const MOST_NAMES: usize = 1_024;

/// One item as it is described.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Description {
    /// What it means, as an embedder gives it; all of one length.
    pub meaning: Option<Vec<f32>>,
    /// What it may share with others by name: tags, its category, its makers.
    pub names: Vec<String>,
}

/// The names that several items have, numbered from 0, the most common first.
/// Letters' case and space around them tell nothing apart.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Vocabulary(BTreeMap<String, u32>);

impl Vocabulary {
    fn of<'a>(items: impl IntoIterator<Item = &'a Description>) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for item in items {
            let own = item.names.iter().map(|name| folded(name));
            let mut own: Vec<String> = own.filter(|name| !name.is_empty()).collect();
            own.sort_unstable();
            own.dedup();
            for name in own {
                *counts.entry(name).or_default() += 1;
            }
        }
        let mut names: Vec<(String, usize)> =
            counts.into_iter().filter(|(_, count)| *count >= FEWEST_ITEMS).collect();
        names.sort_by_key(|(_, count)| Reverse(*count));
        names.truncate(MOST_NAMES);
        Self(names.into_iter().map(|(name, _)| name).zip(0..).collect())
    }

    /// The names with their numbers, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(name, number)| (name.as_str(), *number))
    }

    /// Names that are known.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers of those of an item's names that are known, each once.
    pub fn numbers<S: AsRef<str>>(&self, names: impl IntoIterator<Item = S>) -> Vec<u32> {
        let known = names.into_iter().filter_map(|name| self.0.get(&folded(name.as_ref())));
        let mut numbers: Vec<u32> = known.copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// What items are about, where that is known. A row of it has a modality after
/// the other, each of length 1, or 0 where nothing is known: the meaning, and a
/// column for each name, even among those that an item has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Content {
    width: usize,
    meanings: Arc<Vec<f32>>,
    vocabulary: Arc<Vocabulary>,
    names: Arc<Rows>,
}

impl Content {
    /// From each item's description, as those that are `known` tell it (the others
    /// come later): meanings are centred on the mean of theirs, as what all have in
    /// common tells nothing, and names are those that they share.
    pub fn new(items: &[Description], known: impl Fn(usize) -> bool) -> Self {
        let told: Vec<&Description> =
            items.iter().enumerate().filter(|(item, _)| known(*item)).map(|(_, it)| it).collect();
        let known = || told.iter().filter_map(|item| item.meaning.as_ref());
        let width = known().map(Vec::len).min().unwrap_or(0);
        let (mut mean, share) = (vec![0.0; width], 1.0 / known().count().max(1) as f32);
        known().for_each(|meaning| add_scaled(&mut mean, share, &meaning[..width]));
        Self::around(&mean, items, Vocabulary::of(told.iter().copied()))
    }

    /// From descriptions whose meanings are centred already, as a
    /// [`vireo_domain::Space`] does it.
    pub fn centred(items: &[Description]) -> Self {
        let widths = items.iter().filter_map(|item| Some(item.meaning.as_ref()?.len()));
        Self::around(&vec![0.0; widths.min().unwrap_or(0)], items, Vocabulary::of(items))
    }

    fn around(mean: &[f32], items: &[Description], vocabulary: Vocabulary) -> Self {
        let width = mean.len();
        let mut meanings = vec![0.0; items.len() * width];
        for (row, item) in meanings.chunks_exact_mut(width.max(1)).zip(items) {
            let Some(meaning) = &item.meaning else { continue };
            let centred = meaning.iter().zip(mean).map(|(value, mean)| value - mean);
            row.iter_mut().zip(centred).for_each(|(out, value)| *out = value);
            let length = dot(row, row).sqrt();
            for value in row {
                *value /= length.max(f32::MIN_POSITIVE);
            }
        }
        let names = items.iter().map(|item| {
            let numbers = vocabulary.numbers(&item.names);
            let each = each_of(numbers.len());
            numbers.into_iter().map(|name| (name, each)).collect()
        });
        let names = Rows::new(vocabulary.len(), names);
        Self {
            width,
            meanings: meanings.into(),
            names: names.into(),
            vocabulary: vocabulary.into(),
        }
    }

    /// The columns of each modality; empty where there is none.
    pub fn modalities(&self) -> [Range<usize>; 2] {
        [0..self.width, self.width..self.width + self.vocabulary.len()]
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width + self.vocabulary.len()
    }

    /// The names there are columns for.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The meaning of an item, of length 1; all 0 where it is not known.
    pub fn meaning(&self, item: u32) -> &[f32] {
        &self.meanings[item as usize * self.width..][..self.width]
    }

    /// Whether anything is known of an item.
    pub fn is_of(&self, item: u32) -> bool {
        self.width() > 0
            && (!self.names.row(item as usize).is_empty()
                || self.meaning(item).iter().any(|value| *value != 0.0))
    }

    /// With other numbers, below `items`, for the items, in their order.
    pub(crate) fn renumbered(&self, numbers: &[u32], items: usize) -> Self {
        if numbers.len() == items && numbers.iter().copied().eq(0..items as u32) {
            return self.clone();
        }
        let mut meanings = vec![0.0; items * self.width];
        let mut names = vec![Vec::new(); items];
        for (number, item) in numbers.iter().zip(0..).filter(|_| self.width() > 0) {
            let place = *number as usize * self.width;
            meanings[place..place + self.width].copy_from_slice(self.meaning(item));
            names[*number as usize] = self.names.row(item as usize).to_vec();
        }
        Self {
            width: self.width,
            meanings: meanings.into(),
            vocabulary: Arc::clone(&self.vocabulary),
            names: Rows::new(self.vocabulary.len(), names.into_iter()).into(),
        }
    }

    /// As networks read it of these items: known are those with any popularity, or
    /// all where nothing is described.
    pub(super) fn features(&self, items: &[u32], popularity: &[f32]) -> Features {
        if self.width() == 0 {
            return Features::default();
        }
        Features {
            columns: self.width,
            meanings: items.iter().flat_map(|item| self.meaning(*item)).copied().collect(),
            name_count: self.vocabulary.len(),
            names: items.iter().map(|item| self.names.row(*item as usize).to_vec()).collect(),
            known: items.iter().map(|item| popularity[*item as usize] > 0.0).collect(),
        }
    }

    pub(super) fn hash(&self, hasher: &mut blake3::Hasher) {
        self.meanings.iter().for_each(|value| {
            hasher.update(&value.to_le_bytes());
        });
        let names: Vec<&[(u32, f32)]> = self.names.iter().collect();
        hasher.update(format!("{:?} {names:?}", self.vocabulary).as_bytes());
    }

    /// Writes the row of an item.
    pub(super) fn write(&self, item: u32, row: &mut [f32]) {
        let (meaning, names) = row.split_at_mut(self.width);
        meaning.copy_from_slice(self.meaning(item));
        names.fill(0.0);
        for (name, value) in self.names.row(item as usize) {
            names[*name as usize] = *value;
        }
    }
}

/// What each of so many names is in a row.
fn each_of(names: usize) -> f32 {
    1.0 / (names.max(1) as f32).sqrt()
}

/// What somebody likes items to be about: of two items they would like the one
/// more that has the greater product with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Direction {
    /// In the space of meanings.
    pub(super) meaning: Vec<f32>,
    /// By name.
    pub(super) names: Vec<f32>,
}

impl Direction {
    /// The product with an item: its meaning as it was learned from, of length 1
    /// or all 0, and its names by [`Vocabulary::numbers`]. `None` where nothing is
    /// known of it, and for meanings of another length.
    pub fn product(&self, meaning: &[f32], names: &[u32]) -> Option<f32> {
        let is_known = !names.is_empty() || meaning.iter().any(|value| *value != 0.0);
        if meaning.len() != self.meaning.len() || !is_known {
            return None;
        }
        let of_names: f32 = names.iter().map(|name| self.names[*name as usize]).sum();
        Some(wide(|| dot(meaning, &self.meaning)) + each_of(names.len()) * of_names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(meaning: Option<[f32; 2]>, names: &[&str]) -> Description {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Description { meaning: meaning.map(Vec::from), names }
    }

    #[test]
    fn meanings_are_told_from_what_all_have_in_common() {
        let items = [[1.0, 5.0], [0.0, 0.0], [3.0, 5.0]];
        let some = |number| (number != 1).then_some(items[number]);
        let items: Vec<Description> = (0..3).map(|item| described(some(item), &[])).collect();
        let content = Content::new(&items, |_| true);
        assert_eq!((content.meaning(0), content.meaning(2)), (&[-1.0, 0.0][..], &[1.0, 0.0][..]));
        assert_eq!([0, 1, 2].map(|item| content.is_of(item)), [true, false, true]);
        assert_eq!(
            Content::centred(&items).meaning(0),
            [1.0 / 26.0_f32.sqrt(), 5.0 / 26.0_f32.sqrt()]
        );
        let none = Content::new(&[described(None, &[]), described(None, &["alone"])], |_| true);
        assert!(none.width() == 0 && !none.is_of(1), "a name of one item tells nothing");
    }

    #[test]
    fn names_that_several_share_have_columns() {
        let mut items = vec![described(Some([1.0, 0.0]), &["Jazz", "jazz ", "live"]); 3];
        items.push(described(None, &["JAZZ", "jam"]));
        items.push(described(Some([0.0, 1.0]), &["jam"]));
        let content = Content::centred(&items);
        assert_eq!(content.modalities(), [0..2, 2..4]);
        let row = |item| {
            let mut row = vec![f32::NAN; 4];
            content.write(item, &mut row);
            row
        };
        let half = 0.5_f32.sqrt();
        assert_eq!(row(0), [1.0, 0.0, half, half]);
        assert_eq!(row(3), [0.0, 0.0, 1.0, 0.0], "jam is of two");
        assert_eq!(row(4), [0.0, 1.0, 0.0, 0.0]);
        assert!(content.is_of(3) && content.is_of(4));
        assert_eq!(content.vocabulary().numbers(["LIVE", "jam", "jazz", "live"]), [0, 1]);

        // Of those that come later nothing is told.
        items.push(described(Some([9.0, 9.0]), &["jam"]));
        let content = Content::new(&items, |item| item < 5);
        assert_eq!(content.modalities(), [0..2, 2..4]);
        assert!(content.meaning(0) == Content::new(&items[..5], |_| true).meaning(0));
        let nameless = vec![described(None, &["", " "]); 3];
        assert_eq!(Content::centred(&nameless).width(), 0);
    }

    #[test]
    fn other_numbers_say_the_same() {
        let mut items = vec![described(Some([0.6, 0.8]), &["a", "b"]); 3];
        items.push(described(None, &["b"]));
        let content = Content::centred(&items);
        assert_eq!(content.renumbered(&[0, 1, 2, 3], 4), content);
        let other = content.renumbered(&[4, 3, 0, 2], 6);
        for (number, item) in [(4, 0), (3, 1), (0, 2), (2, 3)] {
            let mut rows = [vec![f32::NAN; 4], vec![f32::NAN; 4]];
            content.write(item, &mut rows[0]);
            other.write(number, &mut rows[1]);
            assert_eq!(rows[0], rows[1]);
        }
        assert!(!other.is_of(1) && !other.is_of(5));
        let none = Content::default().renumbered(&[1, 0], 2);
        assert!(none.width() == 0 && !none.is_of(1));
    }

    #[test]
    fn a_direction_is_a_product_with_the_row() {
        let items = vec![described(Some([0.6, 0.8]), &["a", "b"]); 3];
        let content = Content::centred(&items);
        let direction = Direction { meaning: vec![2.0, -1.0], names: vec![0.5, 3.0] };
        let mut row = vec![0.0; content.width()];
        content.write(0, &mut row);
        let wanted = dot(&row, &[2.0, -1.0, 0.5, 3.0]);
        let names = content.vocabulary().numbers(["a", "b", "c"]);
        let found = direction.product(content.meaning(0), &names).expect("known");
        assert!((found - wanted).abs() < 1e-6, "{found}, not {wanted}");
        assert_eq!(direction.product(&[0.0, 0.0], &[]), None, "nothing is known");
        assert_eq!(direction.product(&[1.0], &[0]), None, "of another embedder");
        assert_eq!(direction.product(&[0.0, 0.0], &[1]), Some(3.0));
    }
}
