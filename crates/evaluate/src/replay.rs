//! `vireo evaluate`: models and the shipped pipeline on the owner's own
//! feedback, as it went.
//!
//! The log is cut at 90 % of its events. Models, popularity, co-watching and
//! taste learn from what was before; then each later liking is a case, with all
//! that the person had done by then. The pipeline is the one that serves: the
//! same recommender over the same catalogue, asked at that moment.

mod impressions;
mod renewed;

pub use impressions::{FEWEST_SHOWN, OFF_POLICY, off_policy};

use crate::recommend::metrics::{self, Answer};
use crate::recommend::{Answering, Contest, Contestant, FLOORS, contestant};
use crate::{Error, Report, Result};
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use vireo_domain::{Feedback, Language, Timestamp, UserId, VideoId};
use vireo_interest::models::{Case, Interactions, Run, Split};
use vireo_interest::{Corrections, Crowd, MapConfig, Taste, TopicModel, build_map};
use vireo_recommend::{Config, CursorKey, FeedRequest, Recommender, Snapshot, Viewer};

/// Name of the shipped pipeline in tables.
pub const PIPELINE: &str = "pipeline";

/// Name of a person's interest map alone: the pipeline with no other source.
pub const INTERESTS: &str = "interests";

/// Name of what orders its candidates.
pub const TASTE: &str = "taste";

/// Items of the pipeline's list that are looked at.
const LIMIT: usize = 100;

/// What is measured.
#[derive(Clone)]
pub struct Options<'a> {
    /// The catalogue with its topics.
    pub snapshot: &'a Snapshot,
    /// All feedback.
    pub log: &'a [Feedback],
    /// How lists are made.
    pub recommend: &'a Config,
    /// How interest maps are made.
    pub interests: &'a MapConfig,
    /// Days after which an action counts half for popularity.
    pub half_life_days: f64,
    /// Co-watched neighbours kept for a video.
    pub neighbours: usize,
    /// Models beside floors, co-watching, taste and pipeline.
    pub models: Vec<String>,
    /// Share of the videos that are taken to come after the cut, so that nothing
    /// was learned of them: how new videos are found. The others are then old.
    pub new: f64,
    /// Seed of trainings and of resampling.
    pub seed: u64,
    /// Now.
    pub now: Timestamp,
}

/// The log, numbered and cut.
struct Replay<'a> {
    ids: Vec<&'a VideoId>,
    people: Vec<&'a UserId>,
    /// Actions of each person, newest first.
    actions: HashMap<&'a UserId, Vec<&'a Feedback>>,
    train: Interactions,
    cases: Vec<Case>,
    /// What was done up to the cut.
    early: Vec<&'a Feedback>,
    /// Seconds of the newest action that may be learned from.
    cut: i64,
}

impl<'a> Replay<'a> {
    fn new(log: &'a [Feedback], now: Timestamp) -> Result<Self> {
        let (data, ids) = Interactions::from_feedback(log, now);
        let people: BTreeSet<&UserId> = log.iter().map(|action| &action.user).collect();
        let mut actions: HashMap<&UserId, Vec<&Feedback>> = HashMap::new();
        for action in log {
            actions.entry(&action.user).or_default().push(action);
        }
        for actions in actions.values_mut() {
            actions.sort_by_key(|action| std::cmp::Reverse(action.at));
        }
        let (train, cases) = Split::Time.of(&data);
        if cases.is_empty() {
            return Err(Error::Nothing(format!(
                "{} actions leave no liking in the last tenth of their time to ask for; come back \
                 when people have watched more",
                log.len()
            )));
        }
        let cut = train.newest();
        let early = log.iter().filter(|action| action.at.as_second() <= cut).collect();
        Ok(Self { ids, people: people.into_iter().collect(), actions, train, cases, early, cut })
    }

    /// Of these options, with what videos are about for models that read it.
    fn of(options: &Options<'a>) -> Result<Self> {
        let mut replay = Self::new(options.log, options.now)?;
        let topics = &options.snapshot.topics;
        let train = std::mem::take(&mut replay.train);
        replay.train = options.snapshot.described(train, &replay.ids, &topics.space);
        Ok(replay)
    }

    /// What the person of a case had done by then, newest first; nothing of the
    /// video that is asked for.
    fn before(&self, case: &Case) -> Vec<Feedback> {
        let target = self.ids[case.target as usize];
        let is_before =
            |action: &&&Feedback| action.at.as_second() < case.at && action.video != *target;
        let actions = &self.actions[self.people[case.person]];
        actions.iter().filter(is_before).map(|action| (**action).clone()).collect()
    }
}

/// Measures floors, co-watching, `models`, taste, the interest map alone and the
/// pipeline;
/// `progress(done, of)`.
pub fn run(
    options: &Options<'_>,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    if options.new != 0.0 {
        let (log, snapshot) = renewed::renewed(options)?;
        let options = Options { log: &log, snapshot: &snapshot, new: 0.0, ..options.clone() };
        return run(&options, report, progress);
    }
    let replay = Replay::of(options)?;
    let mut names: Vec<&str> = FLOORS.to_vec();
    names.push("co-watching");
    for name in &options.models {
        if !vireo_interest::models::names().contains(&name.as_str()) {
            return Err(Error::Nothing(format!("there is no model {name}")));
        }
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let learned = OnceCell::new();
    let learned = || learned.get_or_init(|| learn(options, &replay));
    let mut contestants: Vec<Contestant<'_>> = names
        .into_iter()
        .map(|name| contestant(name, &replay.train, Split::Time, Run::seeded(options.seed)))
        .collect();
    // Where nothing beats co-watching there is no other model to ask.
    if learned().2.scores(&[], options.now).is_some() {
        contestants
            .push(Contestant { name: TASTE, train: Box::new(|| Ok(taste(&replay, &learned().2))) });
    }
    let alone = options.recommend.with_source_alone("interest");
    let (replay_of, learned_of) = (&replay, &learned);
    for (name, config) in [(INTERESTS, alone), (PIPELINE, options.recommend.clone())] {
        let train = move || Ok(pipeline(options, &config, replay_of, learned_of()));
        contestants.push(Contestant { name, train: Box::new(train) });
    }
    let contest = Contest {
        train: &replay.train,
        cases: &replay.cases,
        split: Split::Time,
        by_history: true,
        seed: options.seed,
    };
    contest.run(&contestants, &mut report, progress)?;
    Ok(report)
}

/// What `vireo train` learns.
type Learned = (Arc<TopicModel>, Arc<Crowd>, Arc<Taste>);

/// From the early part of the log.
fn learn(options: &Options<'_>, replay: &Replay<'_>) -> Learned {
    let (data, ids) = Interactions::from_feedback(replay.early.iter().copied(), options.now);
    let data = options.snapshot.described(data, &ids, &options.snapshot.topics.space);
    let crowd = Crowd::train(&data, &ids, options.half_life_days, options.neighbours);
    let taste = Taste::train(
        &data,
        &ids,
        options.neighbours,
        &Taste::default(),
        &Run::seeded(options.seed),
    );
    let mut topics = (*options.snapshot.topics).clone();
    topics.fit_half_life(&data, &ids);
    (Arc::new(topics), Arc::new(crowd), Arc::new(taste))
}

/// What `vireo train` would have chosen, asked alone. Without a model nothing
/// is found.
fn taste<'a>(replay: &'a Replay<'_>, taste: &'a Taste) -> Answering<'a> {
    Box::new(move |case| {
        let before = replay.before(case);
        let at = Timestamp::from_second(case.at).unwrap_or_default();
        let Some(scores) = taste.scores(&vireo_interest::evidence(&before), at) else {
            return Answer { rank: None, list: Vec::new() };
        };
        let of = |id: &&VideoId| taste.number(id).map_or(f32::NEG_INFINITY, |n| scores[n]);
        let mut scores: Vec<f32> = replay.ids.iter().map(of).collect();
        metrics::answer(&mut scores, case)
    })
}

/// The recommender that serves, over what was learned by then.
fn pipeline<'a>(
    options: &'a Options<'_>,
    config: &Config,
    replay: &'a Replay<'_>,
    (topics, crowd, taste): &Learned,
) -> Answering<'a> {
    let (topics, crowd, taste) = (Arc::clone(topics), Arc::clone(crowd), Arc::clone(taste));
    let snapshot = options.snapshot.relearned(topics, crowd, taste);
    let recommender = Recommender::new(config.clone(), CursorKey([1; 32]));
    let numbers: HashMap<&VideoId, u32> = replay.ids.iter().copied().zip(0..).collect();
    Box::new(move |case| {
        let feedback = replay.before(case);
        let now = Timestamp::from_second(case.at).unwrap_or(options.now);
        let user = replay.people[case.person].clone();
        let embedding_of = |video: &VideoId| {
            let item = snapshot.item(video)?;
            (!item.embedding.is_zero()).then(|| item.embedding.clone())
        };
        let none = Corrections::default();
        let (topics, config) = (&snapshot.topics, options.interests);
        let map = build_map(&user, &feedback, &none, topics, &embedding_of, false, config, now);
        let viewer = Viewer { user, language: Language::english(), feedback, map };
        let request = FeedRequest {
            limit: LIMIT,
            cursor: None,
            seed: options.seed ^ (case.at as u64) ^ ((case.person as u64) << 40),
            exclude: Vec::new(),
            explain: false,
            now,
        };
        match recommender.feed(&snapshot, &viewer, &request) {
            Ok(page) => {
                let shown = page.items.iter().filter_map(|item| numbers.get(&item.video));
                metrics::listed(shown.copied(), case)
            }
            Err(error) => {
                tracing::warn!(%error, "the pipeline gave no list");
                Answer { rank: None, list: Vec::new() }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Measured;
    use crate::recommend::table;
    use vireo_domain::{Embedding, FeedbackKind, Video};
    use vireo_interest::{TopicConfig, TopicInput};
    use vireo_recommend::Item;

    pub(super) const VIDEOS: usize = 30;
    pub(super) const DAY: i64 = 86_400;

    fn id(video: usize) -> VideoId {
        VideoId::new(format!("v{video:02}")).expect("an id")
    }

    pub(super) fn action(
        person: usize,
        video: usize,
        kind: FeedbackKind,
        value: Option<f64>,
        at: i64,
    ) -> Feedback {
        let user = UserId::new(format!("p{person}")).expect("an id");
        let at = Timestamp::from_second(1_700_000_000 + at).expect("a time");
        let id_of = Feedback::natural_id(&user, &id(video), kind, value, at);
        Feedback { id: id_of, user, video: id(video), kind, value, at }
    }

    /// People go around a ring of videos, a step a day, some further than others.
    pub(super) fn ring() -> Vec<Feedback> {
        let steps = |person: usize| match person % 5 {
            0 => 16,
            1 => 8,
            2 => 4,
            _ => 2,
        };
        let mut log = Vec::new();
        for person in 0..75 {
            // All end together, so that everybody has something after the cut.
            let steps = steps(person);
            for step in 0..steps {
                let at = (20 - steps + step) as i64 * DAY + person as i64;
                let video = (person * 7 + step) % VIDEOS;
                log.push(action(person, video, FeedbackKind::Like, None, at));
            }
        }
        log
    }

    fn catalogue() -> Snapshot {
        let vector = |video: usize| {
            let angle = video as f32 / VIDEOS as f32 * std::f32::consts::TAU;
            Embedding::new(vec![angle.cos(), angle.sin(), 0.3])
        };
        let videos: Vec<Video> = (0..VIDEOS)
            .map(|video| Video::new(id(video), "a film", Timestamp::UNIX_EPOCH))
            .collect();
        let input = |(number, video): (usize, &Video)| TopicInput {
            video: video.id.clone(),
            embedding: vector(number),
            keywords: vec![format!("part {}", number / 10)],
            language: None,
        };
        let inputs: Vec<TopicInput> = videos.iter().enumerate().map(input).collect();
        let topics = TopicModel::train(&inputs, &TopicConfig::default(), None);
        let items = videos.into_iter().enumerate().map(|(number, video)| {
            let topic = topics.of_video.get(&video.id).copied();
            Arc::new(Item { video, embedding: vector(number), topic, keywords: Vec::new() })
        });
        Snapshot::new(items.collect(), Arc::new(topics), Arc::default(), Arc::default())
    }

    pub(super) fn with_options<R>(log: &[Feedback], ask: impl FnOnce(&Options<'_>) -> R) -> R {
        let (snapshot, recommend, interests) =
            (catalogue(), Config::default(), MapConfig::default());
        ask(&Options {
            snapshot: &snapshot,
            log,
            recommend: &recommend,
            interests: &interests,
            new: 0.0,
            half_life_days: 14.0,
            neighbours: 30,
            models: vec!["trail".to_owned()],
            seed: 1,
            now: Timestamp::from_second(1_800_000_000).expect("a time"),
        })
    }

    #[test]
    fn the_pipeline_stands_beside_floors_and_models() {
        let log = ring();
        let report = with_options(&log, |options| {
            run(options, Report::new("evaluate", Vec::new()), &|_, _| {}).expect("measured")
        });
        let ndcg = |name: &str| {
            let is_it = |row: &&Measured| row.name == name && row.split.as_deref() == Some("time");
            report.results.iter().find(is_it).expect("a row").metrics["ndcg@10"]
        };
        assert!(ndcg("markov") > 0.9, "{}", table(&report));
        assert!(ndcg(INTERESTS) > 0.0 && ndcg(INTERESTS) != ndcg(PIPELINE), "{}", table(&report));
        assert!(ndcg(PIPELINE) > ndcg("popular"), "{}", table(&report));
        let has_taste = report.results.iter().any(|row| row.name == TASTE);
        for range in ["1", "2-4", "5-9", "10+"] {
            let split = Some(format!("time, history {range}"));
            let rows = report.results.iter().filter(|row| row.split == split).count();
            assert_eq!(rows, FLOORS.len() + 4 + usize::from(has_taste), "history {range}");
        }
    }

    /// Whatever is known of a person, the feed has something for them.
    #[test]
    fn nobody_gets_an_error_or_an_empty_list() {
        let log = ring();
        with_options(&log, |options| {
            let replay = Replay::new(&log, options.now).expect("cases");
            let learned = learn(options, &replay);
            let answering = pipeline(options, options.recommend, &replay, &learned);
            let mut lengths = BTreeSet::new();
            for case in &replay.cases {
                lengths.insert(case.history.len());
                assert_eq!(answering(case).list.len(), 10, "{case:?}");
            }
            assert!(lengths.iter().any(|length| *length == 1));
            assert!(lengths.iter().any(|length| *length >= 10), "{lengths:?}");
            let stranger = Case { at: 0, ..replay.cases[0].clone() };
            assert_eq!(answering(&stranger).list.len(), 10, "nothing is known of them");
        });
    }

    #[test]
    fn too_little_is_said() {
        let log = [action(1, 1, FeedbackKind::Like, None, 5)];
        let said = |outcome: Result<Report>| outcome.expect_err("too little").to_string();
        with_options(&log, |options| {
            let report = || Report::new("evaluate", Vec::new());
            let error = said(run(options, report(), &|_, _| {}));
            assert!(error.contains("1 actions leave no liking"), "{error}");
        });
        with_options(&ring(), |options| {
            let report = Report::new("off-policy", Vec::new());
            let error = said(off_policy(options, report, &|_, _| {}));
            assert!(error.contains("0 impressions") && error.contains("50 are needed"), "{error}");
        });
    }
}
