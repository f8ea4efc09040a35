//! Videos as the models number them.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use vireo_domain::VideoId;

/// The videos of a training by their numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<VideoId>", into = "Vec<VideoId>")]
pub(crate) struct Numbers {
    ids: Vec<VideoId>,
    numbers: HashMap<VideoId, u32>,
}

impl Numbers {
    pub(crate) fn new(ids: &[&VideoId]) -> Self {
        ids.iter().map(|id| (*id).clone()).collect::<Vec<VideoId>>().into()
    }

    /// These, then those of `ids` that are not among them, and the number of
    /// each of `ids`.
    pub(crate) fn with(&self, ids: &[&VideoId]) -> (Self, Vec<u32>) {
        let mut all = self.ids.clone();
        all.extend(ids.iter().filter(|id| self.of(id).is_none()).map(|id| (*id).clone()));
        let all = Self::from(all);
        let numbers = ids.iter().map(|id| all.numbers[*id]).collect();
        (all, numbers)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &VideoId> {
        self.ids.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn of(&self, video: &VideoId) -> Option<u32> {
        self.numbers.get(video).copied()
    }

    pub(crate) fn id(&self, number: u32) -> &VideoId {
        &self.ids[number as usize]
    }
}

impl From<Vec<VideoId>> for Numbers {
    fn from(ids: Vec<VideoId>) -> Self {
        let numbers = ids.iter().cloned().zip(0..).collect();
        Self { ids, numbers }
    }
}

impl From<Numbers> for Vec<VideoId> {
    fn from(numbers: Numbers) -> Self {
        numbers.ids
    }
}
