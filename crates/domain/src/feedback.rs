//! What people do.

use crate::{FeedbackId, Timestamp, UserId, VideoId};
use serde::{Deserialize, Serialize};

/// A kind of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackKind {
    /// It was shown in a list. Value: propensity of being shown, if known.
    Impression,
    /// Playback began.
    Start,
    /// It was watched; value: the fraction watched, 0 to 1.
    Watch,
    /// It was watched to the end.
    Finish,
    /// Thumbs up, favourite.
    Like,
    /// Thumbs down.
    Dislike,
    /// "Don't show me this".
    Hide,
    /// It was passed on.
    Share,
    /// It was commented on.
    Comment,
    /// It was skipped at once.
    Skip,
    /// Stars; value: 0 to 5.
    Rating,
    /// What was hidden until now is not any more.
    Unhide,
}

impl FeedbackKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 12] = [
        Self::Impression,
        Self::Start,
        Self::Watch,
        Self::Finish,
        Self::Like,
        Self::Dislike,
        Self::Hide,
        Self::Share,
        Self::Comment,
        Self::Skip,
        Self::Rating,
        Self::Unhide,
    ];

    /// The name in JSON and CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::Impression => "impression",
            Self::Start => "start",
            Self::Watch => "watch",
            Self::Finish => "finish",
            Self::Like => "like",
            Self::Dislike => "dislike",
            Self::Hide => "hide",
            Self::Share => "share",
            Self::Comment => "comment",
            Self::Skip => "skip",
            Self::Rating => "rating",
            Self::Unhide => "unhide",
        }
    }

    /// Reads a name; `None` if there is no such kind.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One action of one person on one video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feedback {
    /// Idempotency key: the log keeps one action for each.
    pub id: FeedbackId,
    /// Who.
    pub user: UserId,
    /// On what.
    pub video: VideoId,
    /// What they did.
    pub kind: FeedbackKind,
    /// How much; see [`FeedbackKind`]. Always finite.
    #[serde(default)]
    pub value: Option<f64>,
    /// When.
    pub at: Timestamp,
}

impl Feedback {
    /// The idempotency key of an action that came without one: a hash of all
    /// the rest, so that importing a file twice changes nothing.
    pub fn natural_id(
        user: &UserId,
        video: &VideoId,
        kind: FeedbackKind,
        value: Option<f64>,
        at: Timestamp,
    ) -> FeedbackId {
        let mut hasher = blake3::Hasher::new();
        for part in [user.as_str(), video.as_str(), kind.name()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update(&value.unwrap_or(f64::NAN).to_le_bytes());
        hasher.update(&at.as_microsecond().to_le_bytes());
        let hex = hasher.finalize().to_hex();
        FeedbackId::new(&hex[..32]).expect("hex is a valid id")
    }

    /// How much liking (positive) or disliking (negative) the action shows,
    /// from -1 to 1. A half-watched video is mildly liked, one skipped is
    /// mildly disliked, an impression says nothing by itself.
    pub fn strength(&self) -> f64 {
        let value = self.value.unwrap_or(0.0);
        match self.kind {
            FeedbackKind::Impression | FeedbackKind::Unhide => 0.0,
            FeedbackKind::Start => 0.1,
            FeedbackKind::Watch => (value.clamp(0.0, 1.0) - 0.15).max(-0.1),
            FeedbackKind::Finish => 0.9,
            FeedbackKind::Like | FeedbackKind::Share => 1.0,
            FeedbackKind::Comment => 0.6,
            FeedbackKind::Skip => -0.3,
            FeedbackKind::Dislike | FeedbackKind::Hide => -1.0,
            FeedbackKind::Rating => ((value - 2.5) / 2.5).clamp(-1.0, 1.0),
        }
    }

    /// Whether the person has seen the video after this action.
    pub fn is_seen(&self) -> bool {
        match self.kind {
            FeedbackKind::Watch => self.value.unwrap_or(0.0) >= 0.5,
            FeedbackKind::Finish
            | FeedbackKind::Like
            | FeedbackKind::Dislike
            | FeedbackKind::Rating
            | FeedbackKind::Comment
            | FeedbackKind::Share => true,
            FeedbackKind::Impression
            | FeedbackKind::Start
            | FeedbackKind::Hide
            | FeedbackKind::Skip
            | FeedbackKind::Unhide => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_match_json() {
        for kind in FeedbackKind::ALL {
            assert_eq!(FeedbackKind::from_name(kind.name()), Some(kind));
            let json = serde_json::to_string(&kind).expect("json");
            assert_eq!(json, format!("\"{}\"", kind.name()));
        }
    }

    #[test]
    fn natural_ids_tell_actions_apart() {
        let user = UserId::new("u").expect("id");
        let video = VideoId::new("v").expect("id");
        let at = Timestamp::UNIX_EPOCH;
        let one = Feedback::natural_id(&user, &video, FeedbackKind::Rating, Some(3.0), at);
        let same = Feedback::natural_id(&user, &video, FeedbackKind::Rating, Some(3.0), at);
        let other = Feedback::natural_id(&user, &video, FeedbackKind::Rating, Some(4.0), at);
        assert_eq!(one, same);
        assert_ne!(one, other);
    }
}
