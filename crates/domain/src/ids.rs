//! Identifiers. They come from outside (an app's own ids) as often as from
//! us, so they are text: 1 to 200 bytes, no control characters.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {text:?} is not valid: use 1 to 200 bytes without control characters")]
pub struct InvalidId {
    what: &'static str,
    text: String,
}

fn check(what: &'static str, text: &str) -> Result<(), InvalidId> {
    let valid = !text.is_empty()
        && text.len() <= 200
        && text.trim() == text
        && !text.chars().any(char::is_control);
    if valid {
        Ok(())
    } else {
        let text = text.chars().take(60).collect();
        Err(InvalidId { what, text })
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks `text` and makes an identifier of it.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                check($what, &text)?;
                Ok(Self(text))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

id!(
    /// Names a video. Videos found on disk are named after their content
    /// (`VideoId::of_content`), so the same file has the same id everywhere.
    VideoId,
    "video id"
);
id!(
    /// Names a person (or a device, or a session: whatever the app calls a user).
    UserId,
    "user id"
);
id!(
    /// Names one act of feedback; sending it twice changes nothing.
    FeedbackId,
    "feedback id"
);

impl VideoId {
    /// The id of a video file: the first 16 hex digits of the BLAKE3 hash of its bytes.
    pub fn of_content(hash: &blake3::Hash) -> Self {
        Self(hash.to_hex()[..16].to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_cannot_be_an_id() {
        for bad in ["", " x", "x ", "a\nb", "\0"] {
            assert!(UserId::new(bad).is_err(), "{bad:?}");
        }
        assert!(UserId::new("x".repeat(201)).is_err());
        assert_eq!(UserId::new("用户 1").map(String::from), Ok("用户 1".to_owned()));
    }

    #[test]
    fn json_is_checked_too() {
        assert!(serde_json::from_str::<VideoId>("\"\"").is_err());
        let id: VideoId = serde_json::from_str("\"242\"").expect("a plain id");
        assert_eq!(serde_json::to_string(&id).expect("json"), "\"242\"");
    }
}
