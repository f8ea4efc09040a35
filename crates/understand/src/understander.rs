//! Runs the analysers over one video.

use crate::analysers::{ALL, Analyser, Context};
use crate::card::Baseline;
use crate::draft::Draft;
use crate::picture_text::{self, Names, Sought};
use crate::queries::RecentQueries;
use crate::rules::category::Categories;
use crate::{
    Config, Error, Everyday, Input, Nearness, Quote, Result, TopicName, Unnamed, asking,
    describing, naming, watching,
};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread::Scope;
use std::time::Instant;
use vireo_domain::{Analysis, Embedding, StageTime, Transcript, Video};
use vireo_pretrained::Models;
use vireo_pretrained::embedding::{Purpose, TextEmbedder};
use vireo_pretrained::picture_text::PictureText;

/// How far an analysis is, for progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// The analyser that is at work.
    pub name: &'static str,
    /// Share of the whole that is done, 0 to 1; never less than before.
    pub done: f64,
}

/// Models, settings, and what is embedded once for all videos.
pub(crate) struct Tools {
    pub(crate) config: Config,
    pub(crate) models: Models,
    categories: OnceLock<Categories>,
    baseline: OnceLock<Baseline>,
    queries: RecentQueries,
    names: OnceLock<Arc<Names>>,
    plain: OnceLock<Vec<Embedding>>,
    looks: RecentQueries,
}

impl Tools {
    /// The categories that may be chosen.
    pub(crate) fn categories(&self, embedder: &dyn TextEmbedder) -> Result<&Categories> {
        once(&self.categories, || Categories::new(&self.config.categories, embedder))
    }

    /// What "unrelated" looks like.
    pub(crate) fn baseline(&self, embedder: &dyn TextEmbedder) -> Result<&Baseline> {
        once(&self.baseline, || Baseline::new(embedder))
    }

    /// The names that are looked for in pictures; `None` if there are none.
    pub(crate) fn names(&self, embedder: &dyn PictureText) -> Result<Option<Arc<Names>>> {
        let wanted = &self.config.picture_names;
        if wanted.is_empty() {
            return Ok(None);
        }
        let plain = self.plain(embedder)?;
        let names = once(&self.names, || Ok(Arc::new(Names::new(wanted, plain, embedder)?)))?;
        Ok(Some(Arc::clone(names)))
    }

    /// What fits any picture.
    fn plain(&self, embedder: &dyn PictureText) -> Result<&[Embedding]> {
        once(&self.plain, || picture_text::plain(embedder)).map(Vec::as_slice)
    }
}

/// What a cell holds, made when it is first asked for.
fn once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Result<T>) -> Result<&T> {
    if let Some(made) = cell.get() {
        return Ok(made);
    }
    let made = make()?;
    // Another worker may have been faster; both made the same.
    Ok(cell.get_or_init(|| made))
}

/// What is said of a video that says nothing of itself.
const ONLY_NAMED: &str = "nothing could be read in it, no speech, text, tags or description: \
                          only the name of its file is known";

/// Understands videos. One is enough for any number of workers.
pub struct Understander {
    tools: Tools,
}

impl Understander {
    /// With these models; opens none yet.
    pub fn new(config: Config, models: Models) -> Self {
        let (categories, baseline) = (OnceLock::new(), OnceLock::new());
        let (names, plain) = (OnceLock::new(), OnceLock::new());
        let (queries, looks) = (RecentQueries::default(), RecentQueries::default());
        let tools = Tools { config, models, categories, baseline, queries, names, plain, looks };
        Self { tools }
    }

    /// Watches a file. Returns the video with what was learned of it (language,
    /// duration, facts; the title if it had none) and the analysis.
    ///
    /// # Errors
    /// If the file is no video, if nothing of it can be decoded, or if its
    /// words cannot be embedded. Whatever else fails is in
    /// [`Analysis::warnings`].
    pub fn analyse(
        &self,
        input: Input<'_>,
        progress: &(dyn Fn(Stage) + Sync),
    ) -> Result<(Video, Analysis)> {
        std::thread::scope(|scope| self.analyse_within(scope, input, progress))
    }

    fn analyse_within<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        input: Input<'scope>,
        progress: &(dyn Fn(Stage) + Sync),
    ) -> Result<(Video, Analysis)> {
        let Input { path, video, sidecars, covers } = input;
        let mut draft = Draft::new(video);
        let whole: f64 = ALL.iter().map(|analyser| analyser.share()).sum();
        let mut before = 0.0;
        let furthest = Cell::new(0.0_f64);
        let mut undecodable = None;
        for analyser in ALL {
            let name = analyser.name();
            let share = analyser.share() / whole;
            let report = |done: f64| {
                // NaN from a file without a length counts as nothing done.
                let done = if done.is_finite() { done.clamp(0.0, 1.0) } else { 0.0 };
                furthest.set(furthest.get().max((before + share * done).min(1.0)));
                progress(Stage { name, done: furthest.get() });
            };
            report(0.0);
            let context = Context { path, sidecars, covers, tools: &self.tools, progress: &report };
            let started = Instant::now();
            let outcome = run_safely(*analyser, &context, &mut draft);
            let seconds = started.elapsed().as_secs_f64();
            draft.analysis.times.push(StageTime { stage: name.to_owned(), seconds });
            if let Err(error) = outcome {
                if analyser.is_essential() {
                    return Err(error);
                }
                tracing::warn!(video = %draft.video.id, stage = name, %error, "an analyser failed");
                draft.warn(format!("{name}: {error}"));
                if let Error::Media(error) = error {
                    undecodable.get_or_insert(error);
                }
            }
            report(1.0);
            before += share;
            if draft.watching.is_none() {
                draft.watching = watching::begin(scope, &self.tools, path, &draft);
            }
        }
        if draft.is_only_named() {
            draft.warn(ONLY_NAMED);
        }
        // A header is not a video: if every decoder gave up, say so.
        match undecodable {
            Some(error) if !draft.decoded && draft.analysis.transcripts.is_empty() => {
                Err(error.into())
            }
            _ => Ok((draft.video, draft.analysis)),
        }
    }

    /// Understands videos that are known by their metadata only (imported):
    /// title, description, tags; embeddings are computed in batches, the card
    /// by rules. In the order of `videos`.
    pub fn describe(&self, videos: &[Video]) -> Result<Vec<Analysis>> {
        describing::describe(&self.tools, videos)
    }

    /// A name for a topic by the language model; `None` where there is no model,
    /// or where it is not to write.
    pub fn name_topic(&self, topic: &Unnamed) -> Result<Option<TopicName>> {
        naming::name(&self.tools, topic)
    }

    /// Where in a video something is said: its own words, with their times,
    /// best first, at most `limit`. Empty when nothing speaks of it.
    pub fn ask(
        &self,
        transcript: &Transcript,
        question: &str,
        nearness: Nearness<'_>,
        limit: usize,
    ) -> Result<Vec<Quote>> {
        let embedder = self.tools.models.text_embedder()?;
        asking::quotes(transcript, question, &*embedder, nearness, limit)
    }

    /// The vector of something a person looks for or says they like.
    pub fn embed_query(&self, text: &str) -> Result<Embedding> {
        let embedder = self.tools.models.text_embedder()?;
        let text = crate::text::fold(text);
        self.tools.queries.get_or_embed(&text, || {
            let vector = embedder.embed(&[&text], Purpose::Query)?.pop();
            Ok(vector.unwrap_or_else(|| Embedding::new(vec![0.0; embedder.dimensions()])))
        })
    }

    /// What pictures look like that show what a person looks for; `None` where no
    /// model has pictures and words in one space, or it does not know the words.
    pub fn look_for(&self, text: &str) -> Result<Option<Sought>> {
        let Tools { config, models, looks, .. } = &self.tools;
        if !config.picture_search {
            return Ok(None);
        }
        let Some(embedder) = models.picture_text()? else { return Ok(None) };
        let text = crate::text::fold(text);
        let words = looks.get_or_embed(&text, || {
            let vector = embedder.embed_texts(&[&text])?.pop();
            Ok(vector.unwrap_or_else(|| Embedding::new(Vec::new())))
        })?;
        let plain = self.tools.plain(&*embedder)?;
        Ok(picture_text::sought(embedder.name(), &words, plain))
    }

    /// The vectors of single words, such as tags, as of something asked: word
    /// is compared with word.
    pub fn embed_words(&self, words: &[&str]) -> Result<Vec<Embedding>> {
        let folded: Vec<String> = words.iter().map(|word| crate::text::fold(word)).collect();
        let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
        let embedder = self.tools.models.text_embedder()?;
        Ok(embedder.embed(&folded, Purpose::Query)?)
    }

    /// What the embedding model in use makes of texts apart from their subjects.
    pub fn everyday(&self) -> Result<Everyday> {
        Everyday::new(&*self.tools.models.text_embedder()?)
    }

    /// Name and dimensions of the embedding model in use.
    pub fn embedding_model(&self) -> Result<(String, usize)> {
        let embedder = self.tools.models.text_embedder()?;
        Ok((embedder.name().to_owned(), embedder.dimensions()))
    }
}

/// Runs one analyser; a panic in it (or in an engine under it) is an error.
fn run_safely(analyser: &dyn Analyser, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
    // What a broken analyser left in the draft is whole: fields are only ever
    // replaced or appended to.
    catch_unwind(AssertUnwindSafe(|| analyser.run(context, draft)))
        .unwrap_or_else(|panic| Err(Error::panicked(analyser.name(), &*panic)))
}
