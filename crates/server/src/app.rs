//! One installation and what can be done with it.
//!
//! [`App`] is opened here. What it does is in `app/`: following the store
//! (`follow`), trained models (`published`), lists (`feed`), `search`,
//! questions (`ask`), a person's `interests`, the owner's own categories
//! (`heads`, and `temporal_heads` of what happens in videos), the `topics` of the
//! catalogue, and what the admin
//! does with a video (`catalogue`); `views` are what videos look like to the
//! others.

mod ask;
mod catalogue;
mod duplicates;
mod feed;
mod follow;
mod heads;
mod interests;
mod published;
mod search;
mod temporal_heads;
mod topics;
mod verdicts;
mod views;

pub use duplicates::Duplicates;
pub use heads::{Applied, Evaluated, HeadSummary, Labelled, NONE, Subject};
pub(crate) use published::{Facts, Published, Trained};
pub use temporal_heads::{ComparedTask, Comparison, LabelledClip, TemporalRequest, Tried};
pub use topics::TopicShown;
pub(crate) use topics::middle;
pub use verdicts::{Verdict, Verdicts};

use crate::Config;
use anyhow::{Context, Result};
use follow::Following;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use vireo_domain::{
    Analysis, Feedback, Language, SceneId, Span, Timestamp, TopicId, User, UserId, Video, VideoId,
};
use vireo_index::{MeaningSpace, SearchIndex};
use vireo_pretrained::Models;
use vireo_pretrained::catalogue::Job;
use vireo_pretrained::embedding::TextEmbedder;
use vireo_pretrained::embedding::hashing::HashingEmbedder;
use vireo_recommend::{CursorKey, Recommender, Snapshot};
use vireo_store::sqlite::SqliteStore;
use vireo_store::{Appended, Store};
use vireo_understand::Understander;

/// One installation. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Its settings.
    pub config: Arc<Config>,
    /// The one folder that holds everything: `vireo.db`, `index/`, `covers/`, `subtitles/`.
    pub data_dir: PathBuf,
    /// What must not be lost.
    pub store: Arc<dyn Store>,
    /// What can be rebuilt.
    pub index: Arc<SearchIndex>,
    /// The models.
    pub models: Models,
    shared: Arc<Shared>,
}

/// What all clones share.
struct Shared {
    understander: Understander,
    /// Name and length of the vectors in use.
    embedding_model: (String, usize),
    recommender: Recommender,
    snapshot: RwLock<Arc<Snapshot>>,
    /// Videos whose file is gone.
    missing: RwLock<Arc<BTreeSet<VideoId>>>,
    following: tokio::sync::Mutex<Following>,
    /// Held while a person's corrections are read, changed and written.
    correcting: tokio::sync::Mutex<()>,
    /// Held while a video's record is read, changed and written.
    editing: tokio::sync::Mutex<()>,
}

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchRequest {
    /// The words.
    pub text: String,
    /// Only videos of this language.
    pub language: Option<Language>,
    /// Most results of each kind.
    pub limit: usize,
    /// What finds.
    pub by: SearchBy,
}

/// What finds in a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchBy {
    /// The words alone.
    Words,
    /// The meaning alone.
    Meaning,
    /// Both, fused.
    #[default]
    Both,
}

/// A video that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundVideo {
    /// The video.
    pub video: Video,
    /// Passage with matches in `<b>`, HTML-escaped otherwise.
    pub snippet: Option<String>,
    /// Rank among word matches, from 1.
    pub word_rank: Option<usize>,
    /// Rank among neighbours in meaning, from 1.
    pub meaning_rank: Option<usize>,
    /// Rank among those with a picture that shows it, from 1.
    pub picture_rank: Option<usize>,
    /// When that picture is seen, in seconds.
    pub picture_at: Option<f64>,
    /// The words that matched, folded; none if only the meaning did.
    pub matched: Vec<String>,
}

/// A scene that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundScene {
    /// The scene.
    pub scene: SceneId,
    /// Its video.
    pub video: Video,
    /// When.
    pub span: Span,
    /// Passage with matches in `<b>`, HTML-escaped otherwise.
    pub snippet: Option<String>,
    /// The words that matched, folded; none if only the meaning did.
    pub matched: Vec<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// Whole videos, best first.
    pub videos: Vec<FoundVideo>,
    /// Scenes, best first.
    pub scenes: Vec<FoundScene>,
}

/// A feed that is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeedQuery {
    /// Items a page.
    pub limit: usize,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Videos not wanted now.
    pub exclude: Vec<VideoId>,
    /// Language of the reasons; else the person's.
    pub language: Option<Language>,
    /// Whether to tell what was removed and by which path each item came.
    pub explain: bool,
    /// Whether to log impressions with their propensities.
    pub log_impressions: bool,
}

/// Why a video is, or is not, in a person's feed.
#[derive(Debug, Clone, PartialEq)]
pub enum Explanation {
    /// It is there.
    Shown(vireo_recommend::Recommended),
    /// A filter took it out.
    Removed(vireo_recommend::Removed),
    /// No source proposed it among the first `candidates`.
    NotProposed,
}

/// A change to a person's interest map.
#[derive(Debug, Clone, PartialEq)]
pub enum InterestChange {
    /// Sets the boost of an interest (0 mutes, 1 as learned, up to 4).
    Boost {
        /// Its key in the map.
        key: String,
        /// The factor.
        boost: f64,
    },
    /// Adds an interest in the person's own words.
    Say(String),
    /// Removes something said, named by its key or its words.
    Unsay(String),
    /// "I like these": picks at the start.
    Pick(Vec<VideoId>),
}

/// Something that cannot be done as it was asked for; the asker's mistake.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is no such interest.
    #[error("there is no interest {0} in this person's map")]
    NoInterest(String),
    /// There is no such video.
    #[error("there is no video {0}")]
    NoVideo(VideoId),
    /// There is no such topic.
    #[error("there is no topic {}; vireo topics lists them", .0.0)]
    NoTopic(TopicId),
    /// Models that are not all there cannot be changed.
    #[error("some of what was trained cannot be read; run vireo train first")]
    Partial,
    /// A topic needs a name.
    #[error("the name is empty; say one in English or in Chinese")]
    Name,
    /// The sentence cannot be used.
    #[error("{0}")]
    Sentence(&'static str),
    /// Nobody can want so much, or less than nothing.
    #[error("the boost is {0}; use 0 (mute) to {LARGEST_BOOST}, 1 is as learned")]
    Boost(f64),
}

/// Where the spaces of embedding models are kept: fitting one takes a second,
/// which every command would wait for.
const SPACE: &str = "meaning-space-3";

/// Strongest boost of an interest.
pub const LARGEST_BOOST: f64 = 4.0;

/// The space of an embedding model, if it was fitted before. One that cannot
/// be read is fitted anew.
async fn meaning_space(store: &dyn Store, model: &str) -> Result<Option<MeaningSpace>> {
    let kept = store.document(SPACE, model).await?;
    Ok(kept.and_then(|space| serde_json::from_value(space).ok()))
}

impl App {
    /// Opens (or makes) the installation in `data_dir`. Without a fetched text
    /// embedder the built-in one is used. The catalogue is not read yet: see
    /// [`App::refresh`].
    pub async fn open(data_dir: &Path, config: Config) -> Result<Self> {
        config.recommend.check().context("the settings of recommend")?;
        std::fs::create_dir_all(data_dir)
            .with_context(|| format!("cannot make the data folder {}", data_dir.display()))?;
        // Paths of covers must not depend on where a later command is started.
        let data_dir = data_dir
            .canonicalize()
            .with_context(|| format!("cannot use the data folder {}", data_dir.display()))?;
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&data_dir).await?);
        let key = cursor_key(&*store).await?;
        let models = Models::new(config.models.clone());
        let understander = Understander::new(config.understand.clone(), models.clone());
        let index_dir = data_dir.join("index");
        let (understander, embedding_model) = blocking(move || {
            let embedding_model = understander.embedding_model()?;
            anyhow::Ok((understander, embedding_model))
        })
        .await?;
        let (name, dimensions) = embedding_model.clone();
        let known = meaning_space(&*store, &name).await?;
        let is_new = known.is_none();
        let (understander, space, index) = blocking(move || {
            let space = if let Some(space) = known {
                space
            } else {
                let everyday = understander.everyday()?;
                MeaningSpace::fit(&everyday.passages, &everyday.queries).with_words(&everyday.words)
            };
            let index = SearchIndex::open(&index_dir, &name, dimensions, space.clone())?;
            anyhow::Ok((understander, space, index))
        })
        .await?;
        if is_new {
            let kept = serde_json::to_value(&space)?;
            store.put_document(SPACE, &embedding_model.0, &kept).await?;
        }
        let shared = Shared {
            understander,
            embedding_model,
            recommender: Recommender::new(config.recommend.clone(), key),
            snapshot: RwLock::default(),
            missing: RwLock::default(),
            following: tokio::sync::Mutex::default(),
            correcting: tokio::sync::Mutex::default(),
            editing: tokio::sync::Mutex::default(),
        };
        Ok(Self {
            config: Arc::new(config),
            data_dir,
            store,
            index: Arc::new(index),
            models,
            shared: Arc::new(shared),
        })
    }

    /// The catalogue in memory, as last refreshed. A video whose file is gone
    /// is hidden in it.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.shared.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The videos whose file was gone when last looked for.
    pub fn missing(&self) -> Arc<BTreeSet<VideoId>> {
        Arc::clone(&self.shared.missing.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What understands videos.
    pub(crate) fn understander(&self) -> &Understander {
        &self.shared.understander
    }

    /// Name of the embedding model in use; vectors of another are not compared with.
    pub fn embedding_model(&self) -> &str {
        &self.shared.embedding_model.0
    }

    /// The text embedder that was fetched after this process started with the
    /// built-in one; only a restart takes it into use.
    pub fn waiting_embedder(&self) -> Option<String> {
        let built_in = HashingEmbedder.name();
        if self.embedding_model() != built_in {
            return None;
        }
        let models = self.models.status().ok()?;
        let fetched = |status: &vireo_pretrained::models::Status| {
            status.job == Job::TextEmbedding && status.is_present && status.model != built_in
        };
        models.into_iter().find(fetched).map(|status| status.model)
    }

    /// One video and what was understood of it.
    pub async fn video(&self, id: &VideoId) -> Result<Option<(Video, Option<Analysis>)>> {
        let Some(video) = self.store.video(id).await? else { return Ok(None) };
        Ok(Some((video, self.store.analysis(id).await?)))
    }

    /// Appends feedback; durable when it returns.
    pub async fn record(&self, batch: &[Feedback]) -> Result<Appended> {
        Ok(self.store.append(batch).await?)
    }

    /// One person; `None` if nothing is known of them.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>> {
        Ok(self.store.user(id).await?)
    }

    /// Path of the cover picture of a video, if there is one.
    pub fn cover_path(&self, video: &VideoId) -> Option<PathBuf> {
        self.beside_covers(video, "jpg")
    }

    /// Path of the six-second preview of a video, if there is one.
    pub fn preview_path(&self, video: &VideoId) -> Option<PathBuf> {
        self.beside_covers(video, "mp4")
    }

    /// Path of the sheet of small pictures of a video (`jpg`), or of the track
    /// that tells where in it is what (`vtt`), if there are any.
    pub fn sprite_path(&self, video: &VideoId, extension: &str) -> Option<PathBuf> {
        self.beside_covers(video, &format!("sprite.{extension}"))
    }

    /// A picture or film that was made of a video, if it is there.
    fn beside_covers(&self, video: &VideoId, ending: &str) -> Option<PathBuf> {
        let path = self.data_dir.join("covers").join(format!("{}.{ending}", file_name(video)?));
        path.is_file().then_some(path)
    }

    /// Path of the subtitles of a video in one language, if there are any;
    /// `extension` is `vtt` or `srt`.
    pub fn subtitles_path(
        &self,
        video: &VideoId,
        language: &Language,
        extension: &str,
    ) -> Option<PathBuf> {
        let name = format!("{}.{}.{extension}", file_name(video)?, language_part(language));
        Some(self.data_dir.join("subtitles").join(name))
    }

    /// The clock.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The id of a video as part of a file name. Ids that come from outside can
/// hold anything; only those that cannot leave their folder are files here.
fn file_name(video: &VideoId) -> Option<&str> {
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    Some(video.as_str()).filter(|id| id.chars().all(plain))
}

/// The language as part of a file name; languages come from file names and
/// containers and can hold anything too.
fn language_part(language: &Language) -> &str {
    let code = language.code();
    if code.chars().all(|c| c.is_ascii_alphanumeric()) { code } else { "und" }
}

/// Runs work that keeps a core busy or waits for a disk, off the async threads.
pub(crate) async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T>
where
    T: Send + 'static,
    E: Into<anyhow::Error> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await?.map_err(Into::into)
}

/// The key that cursors are signed with; made at the first opening.
async fn cursor_key(store: &dyn Store) -> Result<CursorKey> {
    // The system's randomness by way of the standard library's hash seeds:
    // two of its hashers give 128 bits that nobody outside can know.
    let mut hasher = blake3::Hasher::new();
    for _ in 0..4 {
        use std::hash::{BuildHasher, Hasher};
        let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
        hasher.update(&random.to_le_bytes());
    }
    hasher.update(&Timestamp::now().as_nanosecond().to_le_bytes());
    let fresh = hasher.finalize().to_hex().to_string();
    let kept = store.document_or_put("secret", "cursor_key", &fresh.into()).await?;
    let hash = kept
        .as_str()
        .and_then(|hex| blake3::Hash::from_hex(hex).ok())
        .context("the document secret/cursor_key is damaged; remove it to have a new one made")?;
    Ok(CursorKey(*hash.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_languages_from_outside_cannot_leave_the_folder() {
        let name = |id: &str| file_name(&VideoId::new(id).expect("id")).map(str::to_owned);
        assert_eq!(name("0123abcd_-"), Some("0123abcd_-".to_owned()));
        assert_eq!(name("视频1"), Some("视频1".to_owned()));
        for bad in ["../x", "a/b", "a.b", "a\\b"] {
            assert_eq!(name(bad), None, "{bad}");
        }
        assert_eq!(language_part(&Language::new("zh-Hans")), "zh");
        assert_eq!(language_part(&Language::new("../../x")), "und");
    }
}
