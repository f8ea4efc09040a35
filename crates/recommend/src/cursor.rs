//! Signed cursors: stable paging, fresh on reopening.

use crate::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use vireo_domain::{Timestamp, UserId};

/// Hours a list can be paged through.
const HOURS: i64 = 24;

/// Nothing longer was made by us, so nothing longer is decoded.
const LONGEST: usize = 2048;

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
    /// As opaque, URL-safe text: base64url of the hash and the JSON it signs.
    pub fn sign(&self, key: &CursorKey) -> String {
        let json = serde_json::to_vec(self).expect("a cursor has nothing JSON cannot hold");
        let mut bytes = blake3::keyed_hash(&key.0, &json).as_bytes().to_vec();
        bytes.extend(json);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Cursor::sign`] wrote; refuses anything else, another
    /// person's, and one older than a day.
    pub fn verify(text: &str, user: &UserId, key: &CursorKey, now: Timestamp) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(Error::Cursor("it is too long"));
        }
        let forged = Error::Cursor("it was not made here");
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) else { return Err(forged) };
        let Some((hash, json)) = bytes.split_first_chunk::<32>() else { return Err(forged) };
        // `blake3::Hash` is compared in constant time.
        if blake3::keyed_hash(&key.0, json) != blake3::Hash::from_bytes(*hash) {
            return Err(forged);
        }
        let Ok(cursor) = serde_json::from_slice::<Self>(json) else {
            return Err(Error::Cursor("another version of Vireo made it"));
        };
        if cursor.user != *user {
            return Err(Error::Cursor("it belongs to another person's list"));
        }
        if now.duration_since(cursor.opened_at).as_hours() >= HOURS {
            return Err(Error::Cursor("it is older than a day"));
        }
        Ok(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cursor(name: &str) -> Cursor {
        let user = UserId::new(name).expect("id");
        let opened_at = Timestamp::from_microsecond(1_764_000_000_123_456).expect("time");
        Cursor { user, seed: u64::MAX, opened_at, place: 40 }
    }

    const KEY: CursorKey = CursorKey([7; 32]);

    #[test]
    fn comes_back_as_it_was() {
        for name in ["ann", "用户 \"1\"", &"\\".repeat(200)] {
            let cursor = cursor(name);
            let text = cursor.sign(&KEY);
            assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
            let back = Cursor::verify(&text, &cursor.user, &KEY, cursor.opened_at);
            assert_eq!(back.expect("ours"), cursor);
        }
    }

    #[test]
    fn refuses_others_and_the_old() {
        let cursor = cursor("ann");
        let text = cursor.sign(&KEY);
        let bob = UserId::new("bob").expect("id");
        let opened = cursor.opened_at;
        assert!(Cursor::verify(&text, &bob, &KEY, opened).is_err());
        assert!(Cursor::verify(&text, &cursor.user, &CursorKey([8; 32]), opened).is_err());
        let day = jiff::SignedDuration::from_hours(24);
        assert!(Cursor::verify(&text, &cursor.user, &KEY, opened + day).is_err());
        let almost = day - jiff::SignedDuration::from_secs(1);
        assert!(Cursor::verify(&text, &cursor.user, &KEY, opened + almost).is_ok());
    }

    proptest! {
        #[test]
        fn hostile_text_is_refused(text in ".*", place in 0usize..200, bit in 0u8..6) {
            let cursor = cursor("ann");
            let now = cursor.opened_at;
            prop_assert!(Cursor::verify(&text, &cursor.user, &KEY, now).is_err());
            let mut signed = cursor.sign(&KEY).into_bytes();
            let place = place % signed.len();
            signed[place] ^= 1 << bit;
            if let Ok(changed) = String::from_utf8(signed) {
                prop_assert!(Cursor::verify(&changed, &cursor.user, &KEY, now).is_err());
            }
        }
    }
}
