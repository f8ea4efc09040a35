//! Videos and what was understood of them, in JSON. What only the machine
//! needs (vectors, paths of files) stays inside.

use crate::app::{Verdict, Verdicts};
use serde::Serialize;
use utoipa::ToSchema;
use vireo_domain::{
    AnnotationKind, CardAuthor, Language, Mood, Sentiment, Source, Timestamp, TranscriptOrigin,
    VideoId,
};

/// A video.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Video {
    /// Its name.
    #[schema(value_type = String)]
    pub(crate) id: VideoId,
    /// Title.
    pub(crate) title: String,
    /// The owner's description.
    pub(crate) description: String,
    /// The owner's tags.
    pub(crate) tags: Vec<String>,
    /// The owner's category.
    pub(crate) category: Option<String>,
    /// Channel, uploader or series.
    pub(crate) channel: Option<String>,
    /// ISO 639-1 code.
    #[schema(value_type = Option<String>)]
    pub(crate) language: Option<Language>,
    /// Running time.
    pub(crate) duration_seconds: Option<f64>,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) published_at: Option<Timestamp>,
    /// When Vireo first saw it.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) added_at: Timestamp,
    /// Whether the admin hid it from everybody.
    pub(crate) hidden: bool,
    /// Where it is watched when Vireo does not hold the file.
    pub(crate) url: Option<String>,
    /// What the file says, when Vireo holds one.
    pub(crate) media: Option<Media>,
}

/// What a file says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Media {
    /// Size in bytes.
    size_bytes: u64,
    /// BLAKE3 hash of the file.
    content_hash: String,
    /// Container as ffprobe names it.
    container: String,
    /// Declared running time.
    duration_seconds: f64,
    /// Pixels across.
    width: Option<u32>,
    /// Pixels down.
    height: Option<u32>,
    /// Pictures a second.
    fps: Option<f64>,
    /// Picture codec.
    video_codec: Option<String>,
    /// Sound codec.
    audio_codec: Option<String>,
    /// Number of embedded subtitle streams.
    subtitle_streams: u32,
}

impl From<&vireo_domain::Video> for Video {
    fn from(video: &vireo_domain::Video) -> Self {
        let video = video.clone();
        Self {
            id: video.id,
            title: video.title,
            description: video.description,
            tags: video.tags,
            category: video.category,
            channel: video.channel,
            language: video.language,
            duration_seconds: video.duration_seconds,
            published_at: video.published_at,
            added_at: video.added_at,
            hidden: video.hidden,
            url: video.url,
            media: video.media.map(|media| Media {
                size_bytes: media.size_bytes,
                content_hash: media.content_hash,
                container: media.container,
                duration_seconds: media.duration_seconds,
                width: media.width,
                height: media.height,
                fps: media.fps,
                video_codec: media.video_codec,
                audio_codec: media.audio_codec,
                subtitle_streams: media.subtitle_streams,
            }),
        }
    }
}

/// Everything that was understood of a video.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Analysis {
    /// What a person would want to know at a glance.
    card: Option<Card>,
    /// Every statement with its evidence.
    annotations: Vec<Annotation>,
    /// Best first.
    transcripts: Vec<Transcript>,
    /// In order of time.
    scenes: Vec<Scene>,
    /// Times of the keyframes in seconds.
    keyframes: Vec<f64>,
    /// The model that made the vectors.
    embedding_model: String,
    /// What went wrong without stopping the rest.
    warnings: Vec<String>,
    /// Seconds each analyser took.
    times: Vec<StageTime>,
}

/// What a person would want to know at a glance, in the video's language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Card {
    #[schema(value_type = String)]
    language: Language,
    /// One to three sentences.
    summary: String,
    /// Most telling first.
    keywords: Vec<String>,
    /// Broadest first.
    topics: Vec<String>,
    /// How it feels.
    #[schema(value_type = Option<String>, example = "calm")]
    mood: Option<Mood>,
    /// Tone of the words.
    #[schema(value_type = Option<String>, example = "positive")]
    sentiment: Option<Sentiment>,
    category: Option<String>,
    /// For whom.
    audience: Option<String>,
    /// `{"by": "language_model", "model": "…"}` or `{"by": "rules"}`.
    #[schema(value_type = Object)]
    author: CardAuthor,
    /// Claims that were dropped because the text does not support them.
    dropped_claims: u32,
}

/// A stretch of time in seconds.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Span {
    /// First second.
    pub(crate) start: f64,
    /// Last second.
    pub(crate) end: f64,
}

impl From<vireo_domain::Span> for Span {
    fn from(span: vireo_domain::Span) -> Self {
        Self { start: span.start, end: span.end }
    }
}

/// One statement about a video.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Annotation {
    /// What it is about.
    #[schema(value_type = String, example = "keyword")]
    kind: AnnotationKind,
    /// What it says.
    value: String,
    /// Where it holds; null: for the whole.
    span: Option<Span>,
    /// What it was read from.
    #[schema(value_type = String, example = "transcript")]
    source: Source,
    /// The words it rests on.
    evidence: Option<String>,
    /// How sure we are, 0 to 1.
    confidence: f32,
    /// Model or rule that said it.
    model: String,
    /// What the admin says of it; what was rejected is in no list and not searched.
    verdict: Option<Verdict>,
}

/// What is said, and when.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Transcript {
    #[schema(value_type = String)]
    language: Language,
    /// `embedded`, `sidecar` or `speech`.
    #[schema(value_type = String, example = "speech")]
    origin: TranscriptOrigin,
    /// File name, stream or model.
    detail: String,
    cues: Vec<Cue>,
}

/// One line of a transcript.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cue {
    /// First second.
    start: f64,
    /// Last second.
    end: f64,
    /// Plain text.
    text: String,
    /// Its words and Chinese characters, where our speech recognition told their times.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<Word>,
}

/// A word of a transcript.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Word {
    /// First second.
    start: f64,
    /// Last second.
    end: f64,
    /// As it is written, with its punctuation.
    text: String,
}

/// A run of cues of a sentence or two.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Scene {
    /// 0 for the first.
    index: usize,
    /// First second.
    start: f64,
    /// Last second.
    end: f64,
    /// What is said in it, and then, line by line, what is written in its pictures.
    text: String,
}

/// How long one analyser took.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StageTime {
    /// The analyser.
    stage: String,
    /// Wall time.
    seconds: f64,
}

impl Analysis {
    /// Of `video`, whose path is taken out of the warnings.
    pub(crate) fn new(
        video: &vireo_domain::Video,
        analysis: vireo_domain::Analysis,
        verdicts: &Verdicts,
    ) -> Self {
        let scene = |(index, scene): (usize, vireo_domain::Scene)| Scene {
            index,
            start: scene.span.start,
            end: scene.span.end,
            text: scene.text,
        };
        Self {
            card: analysis.card.map(Card::from),
            annotations: analysis
                .annotations
                .into_iter()
                .map(|annotation| Annotation::new(annotation, verdicts))
                .collect(),
            transcripts: analysis.transcripts.into_iter().map(Transcript::from).collect(),
            scenes: analysis.scenes.into_iter().enumerate().map(scene).collect(),
            keyframes: analysis.keyframes,
            embedding_model: analysis.embedding_model,
            warnings: without_paths(video, &analysis.warnings),
            times: analysis
                .times
                .into_iter()
                .map(|time| StageTime { stage: time.stage, seconds: time.seconds })
                .collect(),
        }
    }
}

/// Warnings that name files by their last part only.
pub(crate) fn without_paths(video: &vireo_domain::Video, warnings: &[String]) -> Vec<String> {
    let path = video.media.as_ref().map_or("", |media| media.path.as_str());
    let folder = path.rfind('/').map_or("", |end| &path[..=end]);
    let strip = |warning: &String| match folder {
        "" | "/" => warning.clone(),
        folder => warning.replace(folder, ""),
    };
    warnings.iter().map(strip).collect()
}

impl From<vireo_domain::Card> for Card {
    fn from(card: vireo_domain::Card) -> Self {
        Self {
            language: card.language,
            summary: card.summary,
            keywords: card.keywords,
            topics: card.topics,
            mood: card.mood,
            sentiment: card.sentiment,
            category: card.category,
            audience: card.audience,
            author: card.author,
            dropped_claims: card.dropped_claims,
        }
    }
}

impl Annotation {
    fn new(annotation: vireo_domain::Annotation, verdicts: &Verdicts) -> Self {
        Self {
            verdict: verdicts.on(annotation.kind, &annotation.value),
            kind: annotation.kind,
            value: annotation.value,
            span: annotation.span.map(Span::from),
            source: annotation.source,
            evidence: annotation.evidence,
            confidence: annotation.confidence,
            model: annotation.model,
        }
    }
}

impl From<vireo_domain::Transcript> for Transcript {
    fn from(transcript: vireo_domain::Transcript) -> Self {
        let word = |(text, span): (&str, vireo_domain::Span)| Word {
            start: span.start,
            end: span.end,
            text: text.to_owned(),
        };
        let cue = |cue: vireo_domain::Cue| Cue {
            start: cue.span.start,
            end: cue.span.end,
            words: cue.words().map(word).collect(),
            text: cue.text,
        };
        Self {
            language: transcript.language,
            origin: transcript.origin,
            detail: transcript.detail,
            cues: transcript.cues.into_iter().map(cue).collect(),
        }
    }
}
