//! Figures of ranked lists.

use vireo_interest::models::{Case, Interactions};

/// Lengths of the lists that are judged.
pub const DEPTHS: [usize; 3] = [5, 10, 20];

/// Length of the lists whose coverage, novelty and diversity are judged.
pub const LIST: usize = 10;

/// What a model answered in one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Place of the target ([`Case::rank`]).
    pub rank: Option<usize>,
    /// The first [`LIST`] items.
    pub list: Vec<u32>,
}

/// Ranks every item of the catalogue but those of the history. A target that
/// was in the history has no rank.
pub fn answer(scores: &mut [f32], case: &Case) -> Answer {
    for score in &mut *scores {
        *score = if score.is_nan() { f32::NEG_INFINITY } else { *score };
    }
    let mut unseen = vec![true; scores.len()];
    for event in &case.history {
        unseen[event.item as usize] = false;
    }
    let rank = case.rank(scores);
    let mut candidates: Vec<u32> = Vec::with_capacity(scores.len());
    candidates.extend((0..scores.len() as u32).filter(|item| unseen[*item as usize]));
    let best =
        |a: &u32, b: &u32| scores[*b as usize].total_cmp(&scores[*a as usize]).then(a.cmp(b));
    if candidates.len() > LIST {
        candidates.select_nth_unstable_by(LIST, best);
        candidates.truncate(LIST);
    }
    candidates.sort_unstable_by(best);
    Answer { rank, list: candidates }
}

/// From a list that is made whole, best first: what is in the history takes no
/// place in it, as everywhere here.
pub fn listed(list: impl IntoIterator<Item = u32>, case: &Case) -> Answer {
    let is_new = |item: &u32| case.history.iter().all(|event| event.item != *item);
    let mut list: Vec<u32> = list.into_iter().filter(is_new).collect();
    let rank = list.iter().position(|item| *item == case.target).map(|place| place + 1);
    list.truncate(LIST);
    Answer { rank, list }
}

/// Names of the [`accuracy`] figures, in their order.
pub fn accuracy_names() -> Vec<String> {
    DEPTHS
        .iter()
        .flat_map(|k| ["hr", "recall", "ndcg", "mrr"].map(|name| format!("{name}@{k}")))
        .collect()
}

/// Hit rate, recall (the same, there being one target), NDCG and reciprocal
/// rank at each of [`DEPTHS`].
pub fn accuracy(rank: Option<usize>) -> Vec<f64> {
    let at = |depth: usize| match rank {
        Some(rank) if rank <= depth => {
            [1.0, 1.0, 1.0 / (rank as f64 + 1.0).log2(), 1.0 / rank as f64]
        }
        _ => [0.0; 4],
    };
    DEPTHS.iter().flat_map(|depth| at(*depth)).collect()
}

/// What the lists are like, given who liked what in the training.
pub struct Catalogue {
    people: usize,
    /// Who liked each item, ascending.
    fans: Vec<Vec<u32>>,
}

impl Catalogue {
    /// Of a training set.
    pub fn new(train: &Interactions) -> Self {
        let mut fans: Vec<Vec<u32>> = vec![Vec::new(); train.items];
        for (person, history) in train.histories.iter().enumerate() {
            for event in history {
                fans[event.item as usize].push(person as u32);
            }
        }
        for fans in &mut fans {
            fans.dedup();
        }
        Self { people: train.histories.len(), fans }
    }

    /// Share of all items that are in any list.
    pub fn coverage<'a>(&self, lists: impl Iterator<Item = &'a [u32]>) -> f64 {
        let mut shown = vec![false; self.fans.len()];
        for item in lists.flatten() {
            shown[*item as usize] = true;
        }
        shown.iter().filter(|shown| **shown).count() as f64 / shown.len().max(1) as f64
    }

    /// Mean self-information of a list's items in bits, `log2(people / fans)`
    /// (Zhou et al., PNAS 2010); an item without fans counts as with one.
    pub fn novelty(&self, list: &[u32]) -> f64 {
        let bits = list.iter().map(|item| {
            (self.people as f64 / self.fans[*item as usize].len().max(1) as f64).log2()
        });
        bits.sum::<f64>() / list.len().max(1) as f64
    }

    /// Mean share of people who liked the items.
    pub fn popularity(&self, items: &[u32]) -> f64 {
        let fans: usize = items.iter().map(|item| self.fans[*item as usize].len()).sum();
        fans as f64 / (self.people * items.len()).max(1) as f64
    }

    /// Mean distance of a list's pairs: 1 less the cosine of who liked them.
    pub fn diversity(&self, list: &[u32]) -> f64 {
        let mut sum = 0.0;
        let mut pairs = 0;
        for (place, a) in list.iter().enumerate() {
            for b in &list[place + 1..] {
                sum += 1.0 - self.cosine(*a, *b);
                pairs += 1;
            }
        }
        sum / f64::from(pairs.max(1))
    }

    fn cosine(&self, a: u32, b: u32) -> f64 {
        let (a, b) = (&self.fans[a as usize], &self.fans[b as usize]);
        let (mut i, mut j, mut common) = (0, 0, 0.0);
        while i < a.len() && j < b.len() {
            let (left, right) = (a[i], b[j]);
            common += f64::from(u8::from(left == right));
            i += usize::from(left <= right);
            j += usize::from(right <= left);
        }
        if common == 0.0 { 0.0 } else { common / ((a.len() * b.len()) as f64).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_domain::FeedbackKind;
    use vireo_interest::models::Event;

    fn history(items: &[u32]) -> Vec<Event> {
        let event = |item: &u32| Event {
            item: *item,
            kind: FeedbackKind::Watch,
            weight: 1.0,
            at: 0,
            first: 0,
        };
        items.iter().map(event).collect()
    }

    fn ask(scores: &[f32], seen: &[u32], target: u32) -> Answer {
        let case = Case { person: 0, history: history(seen), target, at: 0 };
        answer(&mut scores.to_vec(), &case)
    }

    #[test]
    fn seen_items_take_no_place_and_ties_count_against() {
        let scores = [0.9, 0.5, 0.8, 0.5, f32::NAN];
        assert_eq!(ask(&scores, &[0], 1), Answer { rank: Some(3), list: vec![2, 1, 3, 4] });
        assert_eq!(ask(&scores, &[], 2).rank, Some(2));
        assert_eq!(ask(&scores, &[1], 1).rank, None);
        assert_eq!(ask(&[0.0; 30], &[], 0).rank, Some(30), "a constant finds nothing");
        let case = Case { person: 0, history: history(&[7]), target: 9, at: 0 };
        assert_eq!(listed([7, 5, 9], &case), Answer { rank: Some(2), list: vec![5, 9] });
        assert_eq!(listed([7, 5], &case).rank, None);
    }

    #[test]
    fn figures_are_those_of_the_books() {
        let names = accuracy_names();
        let figure = |rank, name: &str| {
            accuracy(rank)[names.iter().position(|known| known == name).expect("a figure")]
        };
        assert_eq!(figure(Some(1), "ndcg@10"), 1.0);
        assert_eq!(figure(Some(3), "ndcg@10"), 0.5);
        assert_eq!(figure(Some(4), "mrr@5"), 0.25);
        assert_eq!((figure(Some(6), "hr@5"), figure(Some(6), "recall@10")), (0.0, 1.0));
        assert_eq!(figure(None, "hr@20"), 0.0);
    }

    #[test]
    fn lists_are_judged_by_who_liked_their_items() {
        let histories = [&[0, 1][..], &[0, 1], &[0, 2], &[0]].map(history).to_vec();
        let catalogue =
            Catalogue::new(&Interactions { histories, items: 4, ..Interactions::default() });
        assert_eq!(catalogue.coverage([&[0, 1][..], &[1, 0]].into_iter()), 0.5);
        assert_eq!(catalogue.novelty(&[0, 1]), 0.5);
        assert_eq!(catalogue.popularity(&[0, 1]), 0.75);
        assert_eq!(catalogue.diversity(&[1, 2]), 1.0);
        assert!((catalogue.diversity(&[0, 1]) - (1.0 - 2.0 / 8.0_f64.sqrt())).abs() < 1e-12);
    }
}
