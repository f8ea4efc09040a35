//! Signed cursors: stable paging, fresh on reopening.

use crate::Result;
use serde::{Deserialize, Serialize};
use vireo_domain::{Timestamp, UserId};

/// The key cursors are signed with (BLAKE3 keyed hash), made once for an installation.
#[derive(Clone)]
pub struct CursorKey(pub [u8; 32]);

/// Where a list goes on. It freezes the list: the seed, the moment it was
/// opened (later actions don't shuffle pages already begun), and the place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// For whom.
    pub user: UserId,
    /// Seed of the session.
    pub seed: u64,
    /// When the list was opened.
    pub opened_at: Timestamp,
    /// Place of the next item.
    pub place: usize,
}

impl Cursor {
    /// As opaque, URL-safe text.
    pub fn sign(&self, _key: &CursorKey) -> String {
        todo!()
    }

    /// Reads what [`Cursor::sign`] wrote; refuses anything else, another
    /// person's, and one older than a day.
    pub fn verify(_text: &str, _user: &UserId, _key: &CursorKey, _now: Timestamp) -> Result<Self> {
        todo!()
    }
}
