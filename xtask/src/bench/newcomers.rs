//! Does a new person's first page follow what they say or pick?

use super::{Page, Vireo, ids};
use crate::demo::script::{self, Script};
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::fmt;

/// What is seen of a first page at once.
const SCREEN: usize = 10;
/// Videos picked at the start.
const PICKS: usize = 3;
/// Which of the ways is picking them, and which is liking the first of them.
const PICKS_WAY: usize = 3;
const LIKES_WAY: usize = 4;

/// Mean share of the first screen that is of the subject, by how it was told,
/// out of as many as the catalogue has of it.
#[derive(Debug)]
pub(super) struct Newcomers {
    rows: Vec<(&'static str, Share)>,
}

/// A sum of shares.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Share {
    sum: f64,
    people: usize,
}

impl Share {
    fn add(&mut self, share: f64) {
        self.sum += share;
        self.people += 1;
    }

    fn mean(self) -> f64 {
        self.sum / self.people.max(1) as f64
    }
}

/// Makes newcomers in a copy of the installation and reads their first page:
/// one says what they like, in each language, one picks three videos, one likes
/// a video, and one does nothing, which is the floor.
pub(super) fn measure(vireo: &Vireo) -> Result<Newcomers> {
    let vireo = vireo.copied()?;
    let scripts = script::all()?;
    let ids = ids(&vireo)?;
    let scripts: Vec<&Script> = scripts.iter().filter(|s| ids.contains_key(&s.title)).collect();
    let subject_of: HashMap<&str, &str> =
        scripts.iter().map(|s| (s.title.as_str(), s.subject.as_str())).collect();
    let names = [
        "says nothing",
        "says it in English",
        "says it in Chinese",
        "picks three videos",
        "likes one video",
    ];
    let mut rows = names.map(|name| (name, Share::default()));
    for (subject, look) in script::looks()? {
        let of_it = || scripts.iter().filter(|script| script.subject == subject);
        // A language each in turn, as far as there are both.
        let (chinese, english): (Vec<&&Script>, Vec<&&Script>) =
            of_it().partition(|script| script.chinese);
        let mut picks: Vec<&&Script> = Vec::new();
        for place in 0..PICKS {
            picks.extend(english.get(place));
            picks.extend(chinese.get(place));
        }
        picks.truncate(PICKS);
        let pick_ids = picks.iter().flat_map(|script| ["--pick", ids[&script.title].as_str()]);
        let told: [Vec<&str>; 5] = [
            Vec::new(),
            vec!["--say", &look.said[0]],
            vec!["--say", &look.said[1]],
            pick_ids.collect(),
            Vec::new(),
        ];
        for (way, (told, (_, share))) in told.iter().zip(&mut rows).enumerate() {
            let user = format!("newcomer-{subject}-{way}");
            if !told.is_empty() {
                let args = [&["interests", "--user", &user], told.as_slice()].concat();
                vireo.output(&args)?;
            }
            // What was picked or liked is no answer.
            let known: &[&&Script] = match way {
                PICKS_WAY => &picks,
                LIKES_WAY => &picks[..1],
                _ => &[],
            };
            if way == LIKES_WAY {
                like(&vireo, &user, &ids[&picks[0].title])?;
            }
            let count = SCREEN.to_string();
            let printed = vireo.output(&["recommend", "--user", &user, "-n", &count, "--json"])?;
            let page: Page = serde_json::from_slice(&printed).context("vireo recommend --json")?;
            let titles = page.items.iter().map(|item| item.title.as_str());
            let is_of_it = |title: &&str| subject_of.get(*title) == Some(&subject.as_str());
            let is_known = |title: &&str| known.iter().any(|script| script.title == **title);
            let found = titles.filter(|title| is_of_it(title) && !is_known(title)).count();
            let most = (of_it().count() - known.len()).min(SCREEN);
            if most > 0 {
                share.add(found as f64 / most as f64);
            }
        }
    }
    Ok(Newcomers { rows: rows.to_vec() })
}

/// One like, just now.
fn like(vireo: &Vireo, user: &str, video: &str) -> Result<()> {
    let file = vireo.data_dir.join("like.jsonl");
    let at = jiff::Timestamp::now();
    let line = serde_json::json!({"user": user, "video": video, "kind": "like", "at": at});
    std::fs::write(&file, line.to_string())?;
    vireo.output(&["import", "feedback", &super::text(&file)])?;
    Ok(())
}

impl fmt::Display for Newcomers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "of a subject's videos, share among the first {SCREEN} for somebody who")?;
        for (told, share) in &self.rows {
            write!(f, "\n  {told:<20}{:.2}  ({} people)", share.mean(), share.people)?;
        }
        Ok(())
    }
}
