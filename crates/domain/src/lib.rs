//! The plain facts of Vireo: what a video, a person, an action, a statement
//! about a video and an interest are. No I/O, no async, no engines.
//!
//! Every other room knows this one, and this one knows none of them.

mod analysis;
mod annotation;
mod card;
mod embedding;
mod feedback;
mod ids;
mod interest;
mod language;
mod space;
mod transcript;
mod user;
mod video;

pub use analysis::{Analysis, PictureVector, Scene, SceneId, StageTime};
pub use annotation::{Annotation, AnnotationKind, Source, Span};
pub use card::{Card, CardAuthor, Mood, Sentiment};
pub use embedding::Embedding;
pub use feedback::{Feedback, FeedbackKind};
pub use ids::{FeedbackId, InvalidId, UserId, VideoId};
pub use interest::{Interest, InterestMap, InterestOrigin, Topic, TopicId};
pub use language::{Language, UnknownLanguage, is_han, is_kana};
pub use space::Space;
pub use transcript::{Cue, Transcript, TranscriptOrigin, words};
pub use user::User;
pub use video::{MediaFacts, Video};

/// A moment in time; in JSON an RFC 3339 string in UTC.
pub type Timestamp = jiff::Timestamp;
