//! What everybody does: how popular each video is, what is watched together, and
//! what that says of videos that nobody knows yet.

use crate::Evidence;
use crate::half_life;
use crate::models::{
    AlsConfig, ContentAls, Direction, Event, Interactions, ItemKnn, ItemKnnConfig, Model,
    Popularity, PopularityConfig, Vocabulary,
};
use crate::numbers::Numbers;
use serde::{Deserialize, Serialize};
use vireo_domain::VideoId;

/// The newest liked videos of one person that count for what is watched
/// together, so that one person cannot cost everybody time.
pub(crate) const LONGEST_HISTORY: usize = 500;

/// Likings from which somebody is one of the crowd: who liked two videos says
/// little of what goes together.
const FEWEST_LIKINGS: usize = 5;

/// Of the factors' beginning.
const SEED: u64 = 1;

/// People at whom the crowd is half relied on.
const HALF_RELIED_ON: f64 = 20.0;

/// What everybody does.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Crowd {
    numbers: Numbers,
    popularity: Popularity,
    co_watching: ItemKnn,
    half_life_days: f64,
    people: usize,
    /// Where it is known what items are about.
    by_content: Option<ContentAls>,
}

impl Crowd {
    /// From what everybody did. A like counts half for popularity for every
    /// `half_life_days` before the newest one, so that an old, imported log
    /// never fades to nothing; 0: as what newcomers liked is foretold best, and
    /// 14 where nothing is clearly better. So many `neighbours` are kept of each
    /// video. Where the data says what videos are about, it is learned how that
    /// goes with what people like.
    pub fn train(
        data: &Interactions,
        ids: &[&VideoId],
        half_life_days: f64,
        neighbours: usize,
    ) -> Self {
        let fitted = || half_life::of_popularity(data).unwrap_or(half_life::POPULAR);
        let half_life_days = if half_life_days > 0.0 { half_life_days } else { fitted() };
        let half_life = PopularityConfig::HalfLife(half_life_days.max(1e-3));
        let likings = |history: &Vec<Event>| history.iter().filter(|it| it.weight > 0.0).count();
        let people = data.histories.iter().map(likings).filter(|it| *it >= FEWEST_LIKINGS).count();
        let is_described = data.content.width() > 0 && data.items > 0;
        Self {
            half_life_days,
            people,
            by_content: is_described.then(|| ContentAls::fit(data, &AlsConfig::seeded(SEED))),
            numbers: Numbers::new(ids),
            popularity: Popularity::fit(data, &half_life),
            co_watching: ItemKnn::fit(
                &data.recent(LONGEST_HISTORY),
                &ItemKnnConfig::co_watching(neighbours),
            ),
        }
    }

    /// Days after which a like counts half for popularity.
    pub fn half_life_days(&self) -> f64 {
        self.half_life_days
    }

    /// How far the crowd can be relied on, 0 to below 1: `n / (n + 20)` of the `n`
    /// people who liked five videos or more.
    pub fn reliance(&self) -> f64 {
        let people = self.people as f64;
        people / (people + HALF_RELIED_ON)
    }

    /// How many people like a video, the older likes less; 0: nobody does.
    pub fn popularity(&self, video: &VideoId) -> f64 {
        self.numbers.of(video).map_or(0.0, |number| f64::from(self.popularity.of(number)))
    }

    /// What a person likes videos to be about, by what everybody likes: of two that
    /// nobody knows they would like the one more that has the greater product with
    /// it. `None` where nothing was learned from what videos are about, or for who
    /// liked nothing known.
    pub fn direction(&self, evidence: &[Evidence<'_>]) -> Option<Direction> {
        let model = self.by_content.as_ref()?;
        let event =
            |evidence: &Evidence<'_>| Some(evidence.event(self.numbers.of(evidence.video)?));
        let liked = evidence.iter().filter_map(event).filter(|event| event.weight > 0.0);
        model.direction(&liked.take(LONGEST_HISTORY).collect::<Vec<Event>>())
    }

    /// The names of videos that [`Self::direction`] knows; `None` where nothing was
    /// learned from what videos are about.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        self.by_content.as_ref().map(ContentAls::vocabulary)
    }

    /// The videos that two people or more like who like this one, and how alike
    /// their audiences are, 0 to 1; few people in common say little.
    pub fn co_watched(&self, video: &VideoId) -> impl Iterator<Item = (&VideoId, f32)> {
        let near = self.numbers.of(video).map_or(&[][..], |number| self.co_watching.of(number));
        near.iter().map(|(other, near)| (self.numbers.id(*other), *near))
    }

    /// How many videos are watched together with others.
    pub fn co_watched_videos(&self) -> usize {
        let has_any = |number: &u32| !self.co_watching.of(*number).is_empty();
        (0..self.numbers.len() as u32).filter(has_any).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::tests::action;
    use crate::models::{Content, Description};
    use vireo_domain::FeedbackKind::{Dislike, Finish, Like};
    use vireo_domain::{Feedback, Timestamp};

    const DAY: i64 = 86_400;

    fn crowd(log: &[Feedback], half_life_days: f64, neighbours: usize, day: i64) -> Crowd {
        let now = Timestamp::from_second(day * DAY).expect("a time");
        let (data, ids) = Interactions::from_feedback(log, now);
        Crowd::train(&data, &ids, half_life_days, neighbours)
    }

    fn id(video: &str) -> VideoId {
        VideoId::new(video).expect("an id")
    }

    #[test]
    fn popularity_fades_counts_people_and_leaves_out_the_disliked() {
        let log = [
            action("a", "old", Like, None, 0),
            action("a", "new", Like, None, 10 * DAY),
            action("a", "new", Finish, None, 10 * DAY),
            action("b", "bad", Dislike, None, 10 * DAY),
        ];
        let crowd = crowd(&log, 10.0, 9, 10);
        let of = |video: &str| crowd.popularity(&id(video));
        assert!((of("new") - 1.0).abs() < 2e-3 && (of("old") - 0.5).abs() < 2e-3);
        assert_eq!((of("bad"), of("unknown")), (0.0, 0.0));
    }

    #[test]
    fn an_old_log_keeps_its_popularity_and_the_future_counts_as_now() {
        let old = crowd(&[action("a", "x", Like, None, 0)], 1.0, 9, 50 * 365);
        assert!((old.popularity(&id("x")) - 1.0).abs() < 2e-3);
        let log = [action("a", "x", Like, None, 90 * DAY), action("b", "y", Like, None, DAY)];
        let crowd = crowd(&log, 1.0, 9, 1);
        assert_eq!(crowd.popularity(&id("x")), crowd.popularity(&id("y")));
        assert_eq!(Crowd::default().popularity(&id("x")), 0.0);
    }

    #[test]
    fn a_crowd_is_people_who_liked_some_videos() {
        let log = |people: i64, each: i64| -> Vec<Feedback> {
            let likes = (0..people).flat_map(|person| (0..each).map(move |video| (person, video)));
            let like = |(person, video)| {
                action(&format!("p{person}"), &format!("v{video}"), Like, None, 1)
            };
            likes.map(like).collect()
        };
        let of = |people, each| crowd(&log(people, each), 0.0, 9, 1);
        assert_eq!((of(20, 5).reliance(), of(60, 5).reliance()), (0.5, 0.75));
        assert_eq!((of(20, 4).reliance(), Crowd::default().reliance()), (0.0, 0.0));
        assert_eq!(of(20, 5).half_life_days(), 14.0, "too few to tell");
    }

    #[test]
    fn what_people_like_says_what_videos_should_be_about() {
        let mut log = Vec::new();
        for person in 0..40 {
            let subject = if person % 2 == 0 { "bread" } else { "chess" };
            for number in 0..5 {
                let video = format!("{subject}-{}", (person / 2 + number) % 9);
                log.push(action(&format!("p{person:02}"), &video, Like, None, 1));
            }
        }
        let (data, ids) = Interactions::from_feedback(&log, Timestamp::UNIX_EPOCH);
        let about = |bread: bool| if bread { vec![1.0, 0.0] } else { vec![0.0, 1.0] };
        let described = |id: &&VideoId| Description {
            meaning: Some(about(id.as_str().starts_with("bread"))),
            ..Description::default()
        };
        let content = Content::new(&ids.iter().map(described).collect::<Vec<_>>(), |_| true);
        let crowd = Crowd::train(&Interactions { content, ..data.clone() }, &ids, 0.0, 9);
        let of = |crowd: &Crowd, action: Feedback| crowd.direction(&crate::evidence(&[action]));
        let like = |video: &str| action("new", video, Like, None, 2);
        let direction = of(&crowd, like("bread-3")).expect("known");
        // Centred, bread is one way and chess the other.
        let product = |meaning: &[f32]| direction.product(meaning, &[]).expect("known");
        assert!(product(&[1.0, 0.0]) > 0.02 && product(&[0.0, 1.0]) < -0.02, "{direction:?}");
        assert_eq!(of(&crowd, like("unheard")), None);
        assert_eq!(of(&crowd, action("new", "bread-3", Dislike, None, 2)), None);
        assert_eq!(of(&Crowd::train(&data, &ids, 0.0, 9), like("bread-3")), None);
    }

    #[test]
    fn what_the_same_people_like_is_watched_together() {
        let mut log = Vec::new();
        for person in 0..6 {
            let person = format!("p{person}");
            log.push(action(&person, "bread", Like, None, 1));
            log.push(action(&person, "oven", Finish, None, 2));
        }
        for person in 0..3 {
            log.push(action(&format!("p{person}"), "chess", Like, None, 3));
        }
        log.push(action("p0", "alone", Like, None, 4));
        log.push(action("p1", "bad", Dislike, None, 4));
        log.push(action("p2", "bad", Dislike, None, 4));
        let near = |crowd: &Crowd, video: &str| -> Vec<(String, f32)> {
            crowd.co_watched(&id(video)).map(|(other, near)| (other.to_string(), near)).collect()
        };
        let full = crowd(&log, 10.0, 10, 1);
        let bread = near(&full, "bread");
        assert_eq!(bread.len(), 2, "{bread:?}");
        // Six people of six and six, three of six and three, damped by ten.
        for (video, wanted) in [("oven", 6.0 / 16.0), ("chess", 0.5_f32.sqrt() * 3.0 / 13.0)] {
            let found = bread.iter().find(|(other, _)| other == video).expect("near").1;
            assert!((found - wanted).abs() < 1e-5, "{video}: {found}, not {wanted}");
        }
        assert!(near(&full, "alone").is_empty(), "one person is not people");
        assert!(near(&full, "bad").is_empty() && near(&full, "unknown").is_empty());
        assert_eq!(near(&crowd(&log, 10.0, 1, 1), "bread")[0].0, "oven");
        assert_eq!((full.co_watched_videos(), Crowd::default().co_watched_videos()), (3, 0));
    }
}
