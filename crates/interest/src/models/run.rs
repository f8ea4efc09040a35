//! A training as those around it see it.

use super::Fitted;
use std::fmt;
use std::path::Path;

/// A training run: what is drawn, what networks go on from, where they keep how
/// far they are, and who hears of it.
#[derive(Clone, Copy, Default)]
pub struct Run<'a> {
    /// Of everything that is drawn.
    pub seed: u64,
    /// Models that networks of the same kind and shape go on from, in place of
    /// random parameters.
    pub before: Option<Before<'a>>,
    /// A folder: killed, a network goes on from there when it is given again.
    pub kept: Option<&'a Path>,
    /// Hears of every epoch of a network.
    pub told: Option<&'a (dyn Fn(Epoch) + Sync)>,
}

/// Models of an earlier training, whose items were the first of those of now.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// The models.
    pub models: &'a [Fitted],
    /// The second up to which they know what was done; `None`: they know all
    /// but the last of what everybody did.
    pub since: Option<i64>,
}

impl<'a> Before<'a> {
    /// The first model that is wanted, and [`Self::since`].
    pub(super) fn find<M>(
        self,
        wanted: impl Fn(&'a Fitted) -> Option<&'a M>,
    ) -> Option<(&'a M, Option<i64>)> {
        Some((self.models.iter().find_map(wanted)?, self.since))
    }
}

/// An epoch of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// The network.
    pub network: &'static str,
    /// From 1.
    pub number: usize,
    /// There will be no more than these.
    pub most: usize,
    /// Mean loss.
    pub loss: f64,
    /// NDCG@10 of what is held back from the network itself; 0 where nothing is.
    pub ndcg: f64,
}

impl<'a> Run<'a> {
    /// From nothing, kept nowhere, heard by nobody.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// The same run, going on from `before`.
    #[must_use]
    pub fn after<'b>(&self, before: Before<'b>) -> Run<'b>
    where
        'a: 'b,
    {
        Run { before: Some(before), ..*self }
    }
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, before, kept, told } = self;
        f.debug_struct("Run")
            .field("seed", seed)
            .field("before", before)
            .field("kept", kept)
            .field("told", &told.is_some())
            .finish()
    }
}
