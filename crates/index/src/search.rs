//! The search index of one installation: videos and scenes, words and vectors.
//!
//! One tantivy index holds everything, the vectors as stored fields beside the
//! words, so that one commit covers both and they never disagree. A look at it
//! ([`snapshot`]) keeps the vectors of each tantivy segment in memory; segments
//! never change, so a commit costs the reading of its new segments only.

mod coverage;
mod document;
mod fields;
mod lists;
mod pictures;
mod query;
mod ranking;
mod segment;
mod snapshot;
mod subjects;

pub use document::{Document, SceneDocument};
pub use query::{Hit, PictureQuery, Query, Target, is_word};

use crate::{Error, MeaningSpace, Result};
use fields::{Fields, State};
use segment::Of;
use snapshot::Snapshot;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tantivy::directory::MmapDirectory;
use tantivy::directory::error::LockError;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError, Term};
use vireo_domain::{Embedding, VideoId};

/// Version of the layout; another one has another folder and is built anew.
const LAYOUT: &str = "v3";

/// Bytes that the writer gathers before it writes a segment out.
const WRITER_MEMORY: usize = 64 << 20;

/// The search index of one installation. Shared by reference; readers never
/// wait for the writer.
///
/// Several processes may have the same folder open. Each takes the right to
/// write for the length of one [`Self::apply`] and gives it back, so that they
/// alternate.
pub struct SearchIndex {
    folder: PathBuf,
    index: Index,
    reader: IndexReader,
    fields: Fields,
    embedding_model: String,
    dimensions: usize,
    space: MeaningSpace,
    current: RwLock<Arc<Snapshot>>,
    /// Held while a new look is taken, so that an older one never replaces it.
    looking: Mutex<()>,
    /// Held while this process writes.
    writing: Mutex<()>,
}

impl SearchIndex {
    /// Opens or makes the index in `dir`. Vectors of another embedding model
    /// than `embedding_model` make it start from nothing (watermark 0). Vectors
    /// are kept as they come and compared in `space`.
    ///
    /// [`Error::Damaged`] when its files cannot be trusted: every checksum is
    /// compared. [`Self::delete`] and a rebuild mend that.
    pub fn open(
        dir: &Path,
        embedding_model: &str,
        dimensions: usize,
        space: MeaningSpace,
    ) -> Result<Self> {
        let folder = dir.join(LAYOUT);
        let failed = |error| fault(&folder, error);
        let io_failed = |error: io::Error| failed(error.into());
        std::fs::create_dir_all(&folder).map_err(io_failed)?;
        // One after another: two that make a new index would overwrite each other.
        let turn = File::create(dir.join("opening.lock")).map_err(io_failed)?;
        turn.lock().map_err(io_failed)?;
        remove_other_layouts(dir).map_err(io_failed)?;

        let (schema, fields) = fields::schema();
        let directory = MmapDirectory::open(&folder).map_err(|error| failed(error.into()))?;
        let index = Index::builder()
            .schema(schema)
            .settings(fields::settings())
            .open_or_create(directory)
            .map_err(failed)?;
        index.tokenizers().register(crate::text::TOKENIZER, crate::text::analyzer());
        let harmed = index.validate_checksum().map_err(failed)?;
        if let Some(file) = harmed.iter().next() {
            let reason =
                format!("{} of its files are harmed, {} first", harmed.len(), file.display());
            return Err(Error::Damaged { path: folder.display().to_string(), reason });
        }
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(failed)?;
        let mut opened = Self {
            current: RwLock::new(Arc::new(Snapshot::empty(reader.searcher()))),
            embedding_model: embedding_model.to_owned(),
            looking: Mutex::new(()),
            writing: Mutex::new(()),
            folder,
            index,
            reader,
            fields,
            dimensions,
            space,
        };
        let fits = opened.state()?.is_none_or(|state| opened.fits(&state));
        if !fits {
            tracing::info!(
                model = embedding_model,
                "another embedding model: the index starts anew"
            );
            opened.clear()?;
        }
        opened.reload()?;
        opened.looking = Mutex::new(());
        Ok(opened)
    }

    /// Deletes the index in `dir`, damaged or not; nobody may have it open.
    pub fn delete(dir: &Path) -> Result<()> {
        match std::fs::remove_dir_all(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::Engine(format!("cannot delete {}: {error}", dir.display())))
            }
            _ => Ok(()),
        }
    }

    /// The space that its vectors are compared in.
    pub fn space(&self) -> &MeaningSpace {
        &self.space
    }

    /// The store's change up to which this index has followed it; 0 for a new one.
    pub fn watermark(&self) -> i64 {
        self.snapshot().watermark
    }

    /// Puts and removes videos and moves the watermark, all or nothing, durably.
    /// [`Error::Locked`](crate::Error::Locked) when another process is the writer.
    pub fn apply(&self, put: &[Document], remove: &[VideoId], watermark: i64) -> Result<()> {
        for document in put {
            let scenes = document.scenes.iter().map(|scene| &scene.embedding);
            let vectors = scenes.chain([&document.embedding]).chain(&document.subjects);
            for vector in vectors.filter(|vector| !vector.is_zero()) {
                self.check_dimensions(vector)?;
            }
        }
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error| fault(&self.folder, error);
        let writer = self.writer()?;
        let delete = |video: &VideoId| {
            writer.delete_term(Term::from_field_text(self.fields.video, video.as_str()));
        };
        remove.iter().for_each(delete);
        for document in put {
            delete(&document.video);
            for row in self.fields.rows(document) {
                writer.add_document(row).map_err(failed)?;
            }
        }
        self.commit(writer, watermark)
    }

    /// Hybrid search over videos (several scenes of one video count once).
    pub fn search_videos(&self, query: &Query) -> Result<Vec<Hit>> {
        self.check_query(query)?;
        ranking::videos(&self.snapshot(), &self.fields, &self.space, query)
            .map_err(|error| self.search_fault(error))
    }

    /// Hybrid search over scenes.
    pub fn search_scenes(&self, query: &Query) -> Result<Vec<Hit>> {
        self.check_query(query)?;
        ranking::scenes(&self.snapshot(), &self.fields, &self.space, query)
            .map_err(|error| self.search_fault(error))
    }

    /// Videos whose meaning is nearest to that of a passage, nearest first, with
    /// the cosine in the index's space.
    pub fn nearest_videos(
        &self,
        to: &Embedding,
        limit: usize,
        keep: &dyn Fn(&VideoId) -> bool,
    ) -> Result<Vec<(VideoId, f32)>> {
        if to.is_zero() {
            return Ok(Vec::new());
        }
        self.check_dimensions(to)?;
        let snapshot = self.snapshot();
        let to = self.space.passage(to);
        let found = snapshot.nearest(Of::Videos, &to, limit, &|video| keep(&video.id))?;
        Ok(found
            .into_iter()
            .map(|(row, cosine)| (snapshot.video(row).id.clone(), cosine))
            .collect())
    }

    /// The meaning of one video, as it was put.
    pub fn embedding(&self, video: &VideoId) -> Result<Option<Embedding>> {
        let snapshot = self.snapshot();
        snapshot.embedding(video, &self.fields).map_err(|error| self.search_fault(error))
    }

    /// Sees what another process has committed since the last look.
    pub fn reload(&self) -> Result<()> {
        let failed = |error| fault(&self.folder, error);
        let _one = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        // The watermark first: should a commit come in between, what is seen is
        // newer than the watermark says, and following the store again is harmless.
        let state = self.state()?;
        if let Some(state) = state.as_ref().filter(|state| !self.fits(state)) {
            let reason = format!("it now holds vectors of {}", state.embedding_model);
            return Err(Error::Damaged { path: self.folder.display().to_string(), reason });
        }
        self.reader.reload().map_err(failed)?;
        let watermark = state.map_or(0, |state| state.watermark);
        let before = self.snapshot();
        let next = before.next(
            self.reader.searcher(),
            &self.fields,
            &self.space,
            self.dimensions,
            watermark,
        );
        let next = next.map_err(|error| self.search_fault(error))?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }

    /// Empties it (before a rebuild).
    pub fn clear(&self) -> Result<()> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let writer = self.writer()?;
        writer.delete_all_documents().map_err(|error| fault(&self.folder, error))?;
        self.commit(writer, 0)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fits(&self, state: &State) -> bool {
        state.embedding_model == self.embedding_model && state.dimensions == self.dimensions
    }

    /// What the last commit says of itself; `None` before the first.
    fn state(&self) -> Result<Option<State>> {
        let meta = self.index.load_metas().map_err(|error| fault(&self.folder, error))?;
        let read = |payload: String| {
            serde_json::from_str(&payload).map_err(|error| Error::Damaged {
                path: self.folder.display().to_string(),
                reason: format!("its last commit says {payload:?}: {error}"),
            })
        };
        meta.payload.map(read).transpose()
    }

    fn writer(&self) -> Result<IndexWriter> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(WRITER_MEMORY)
            .build();
        let writer: IndexWriter =
            self.index.writer_with_options(options).map_err(|error| fault(&self.folder, error))?;
        // Small layers: with tantivy's default every eighth commit would write
        // the last ten thousand documents again.
        let mut policy = LogMergePolicy::default();
        policy.set_min_layer_size(64);
        policy.set_del_docs_ratio_before_merge(0.3);
        writer.set_merge_policy(Box::new(policy));
        Ok(writer)
    }

    /// Commits, waits for the merges that this sets off (the writer's lock goes
    /// with the writer, and nobody else may merge meanwhile), and looks again.
    fn commit(&self, mut writer: IndexWriter, watermark: i64) -> Result<()> {
        let failed = |error| fault(&self.folder, error);
        let state = State {
            embedding_model: self.embedding_model.clone(),
            dimensions: self.dimensions,
            watermark,
        };
        let payload = serde_json::to_string(&state)
            .map_err(|error| Error::Engine(format!("cannot write the index's state: {error}")))?;
        let mut commit = writer.prepare_commit().map_err(failed)?;
        commit.set_payload(&payload);
        commit.commit().map_err(failed)?;
        writer.wait_merging_threads().map_err(failed)?;
        self.reload()
    }

    fn check_dimensions(&self, vector: &Embedding) -> Result<()> {
        let (expected, found) = (self.dimensions, vector.dimensions());
        if expected == found { Ok(()) } else { Err(Error::Dimensions { expected, found }) }
    }

    fn check_query(&self, query: &Query) -> Result<()> {
        let meaning = query.embedding.as_ref().filter(|vector| !vector.is_zero());
        meaning.map_or(Ok(()), |vector| self.check_dimensions(vector))
    }

    fn search_fault(&self, error: snapshot::Fault) -> Error {
        match error {
            snapshot::Fault::Words(error) => fault(&self.folder, error),
            snapshot::Fault::Vectors(error) => error,
            snapshot::Fault::Row(reason) => {
                Error::Damaged { path: self.folder.display().to_string(), reason }
            }
        }
    }
}

/// Folders of older and newer layouts are of no use to this version.
fn remove_other_layouts(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_layout = name.to_str().is_some_and(|name| name.starts_with('v'));
        if is_layout && name != LAYOUT && entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// What tantivy's error means to the caller.
fn fault(folder: &Path, error: TantivyError) -> Error {
    let path = folder.display().to_string();
    match error {
        TantivyError::LockFailure(LockError::LockBusy, _) => Error::Locked(path),
        TantivyError::OpenReadError(_)
        | TantivyError::DataCorruption(_)
        | TantivyError::SchemaError(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::DeserializeError(_) => Error::Damaged { path, reason: error.to_string() },
        TantivyError::IoError(io)
            if matches!(io.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) =>
        {
            Error::Damaged { path, reason: io.to_string() }
        }
        other => Error::Engine(format!("{other} (in {path})")),
    }
}
