//! Who watched this also watched: item-to-item collaborative filtering.

use super::popular::liked_by_person;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use vireo_domain::{Feedback, VideoId};

/// The most videos of one person that count.
const LONGEST_HISTORY: usize = 500;

/// A pair counts from this many people on: "people who watched" is more than one.
const FEWEST_PEOPLE: u32 = 2;

/// A similarity that rests on this many people is halved.
const DAMPING: f32 = 10.0;

/// The nearest videos of each video by co-watching.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ItemToItem {
    /// For each video its neighbours, strongest first, similarity 0 to 1.
    pub neighbours: HashMap<VideoId, Vec<(VideoId, f32)>>,
}

impl ItemToItem {
    /// Cosine of the columns of likings (positive strengths) over people
    /// (Sarwar et al., WWW 2001), damped for small counts by `n / (n + 10)`
    /// (Bell and Koren, ICDM 2007), the `limit` nearest kept. A person's last
    /// 500 liked videos count, so that one person cannot cost everybody time;
    /// a pair counts when at least two people liked both.
    pub fn train<'a>(log: impl IntoIterator<Item = &'a Feedback>, limit: usize) -> Self {
        let mut numbers: HashMap<&VideoId, usize> = HashMap::new();
        let mut videos: Vec<&VideoId> = Vec::new();
        let mut liked_by: Vec<Vec<(usize, f32)>> = Vec::new();
        let mut people: Vec<Vec<(usize, f32)>> = Vec::new();
        for (person, liked) in liked_by_person(log).into_iter().enumerate() {
            let mut row = Vec::with_capacity(liked.len().min(LONGEST_HISTORY));
            for (video, strength, _) in liked.into_iter().take(LONGEST_HISTORY) {
                let number = *numbers.entry(video).or_insert_with(|| {
                    videos.push(video);
                    liked_by.push(Vec::new());
                    videos.len() - 1
                });
                row.push((number, strength as f32));
                liked_by[number].push((person, strength as f32));
            }
            people.push(row);
        }
        let lengths: Vec<f32> = liked_by
            .iter()
            .map(|column| {
                column.iter().map(|(_, strength)| strength * strength).sum::<f32>().sqrt()
            })
            .collect();

        let mut sums = vec![(0.0_f32, 0_u32); videos.len()];
        let mut touched: Vec<usize> = Vec::new();
        let mut neighbours = HashMap::with_capacity(videos.len());
        for (number, column) in liked_by.iter().enumerate() {
            for (person, strength) in column {
                for (other, other_strength) in &people[*person] {
                    let (sum, count) = &mut sums[*other];
                    if *count == 0 {
                        touched.push(*other);
                    }
                    *sum += strength * other_strength;
                    *count += 1;
                }
            }
            let mut near: Vec<(usize, f32)> = Vec::new();
            for other in touched.drain(..) {
                let (sum, count) = std::mem::take(&mut sums[other]);
                if other != number && count >= FEWEST_PEOPLE {
                    let cosine = sum / (lengths[number] * lengths[other]);
                    let damped = cosine * count as f32 / (count as f32 + DAMPING);
                    near.push((other, damped.clamp(0.0, 1.0)));
                }
            }
            let order = |a: &(usize, f32), b: &(usize, f32)| {
                b.1.total_cmp(&a.1).then_with(|| videos[a.0].cmp(videos[b.0]))
            };
            if near.len() > limit {
                near.select_nth_unstable_by(limit, order);
                near.truncate(limit);
            }
            near.sort_unstable_by(order);
            if !near.is_empty() {
                let near = near.into_iter().map(|(other, near)| (videos[other].clone(), near));
                neighbours.insert(videos[number].clone(), near.collect());
            }
        }
        Self { neighbours }
    }

    /// The neighbours of one video, strongest first.
    pub fn of(&self, video: &VideoId) -> &[(VideoId, f32)] {
        self.neighbours.get(video).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::tests::action;
    use vireo_domain::FeedbackKind::{Dislike, Finish, Like};

    fn names(model: &ItemToItem, video: &str) -> Vec<String> {
        let near = model.of(&VideoId::new(video).expect("id"));
        near.iter().map(|(video, _)| video.to_string()).collect()
    }

    #[test]
    fn what_the_same_people_like_is_near() {
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
        let model = ItemToItem::train(&log, 10);
        assert_eq!(names(&model, "bread"), ["oven", "chess"]);
        assert!(names(&model, "alone").is_empty(), "one person is not people");
        assert!(names(&model, "bad").is_empty());
        for (_, near) in model.neighbours.values().flatten() {
            assert!((0.0..=1.0).contains(near));
        }
        assert_eq!(names(&ItemToItem::train(&log, 1), "bread"), ["oven"]);
        assert!(ItemToItem::train(&[], 10).neighbours.is_empty());
    }
}
