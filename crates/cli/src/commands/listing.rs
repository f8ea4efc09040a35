//! The list that `recommend` and `related` answer with.

use crate::named::{self, Person};
use crate::output::{print, print_json};
use crate::table::{Table, cut};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write;
use std::str::FromStr;
use vireo_domain::{Language, VideoId};
use vireo_recommend::{Page, Snapshot};

/// How it is to be answered.
#[derive(Debug, Args)]
pub(super) struct Listing {
    /// How many
    #[arg(short = 'n', long = "limit", value_name = "N", default_value_t = 20,
        value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,
    /// Language of the reasons, en or zh [default: the person's, else the locale's]
    #[arg(long, value_parser = Language::from_str)]
    lang: Option<Language>,
    /// Tell by which path each came, and what was removed
    #[arg(long)]
    pub(super) explain: bool,
    /// As JSON, in which `place` counts from 0, as in the HTTP interface
    #[arg(long)]
    json: bool,
}

impl Listing {
    /// Most items.
    pub(super) fn limit(&self) -> usize {
        usize::from(self.limit)
    }

    /// The language of the reasons.
    pub(super) fn language(&self, person: Option<&Person>) -> Language {
        named::language(self.lang.as_ref(), person)
    }

    /// Prints the list, for a person, of what is like a video.
    pub(super) fn print(
        &self,
        page: &Page,
        snapshot: &Snapshot,
        person: Option<&Person>,
        video: Option<&VideoId>,
    ) -> Result<()> {
        if !self.json {
            if let Some(person) = person {
                person.warn("showing what a new viewer gets");
            }
            return print(&as_text(page, snapshot, self.explain));
        }
        let mut value = as_json(page, snapshot, self.explain);
        if let Some(video) = video {
            value["video"] = json!(video);
        }
        if let Some(person) = person {
            value["user"] = json!(person.id);
            value["user_is_known"] = json!(person.is_known);
            value["similar_users"] = json!(person.similar);
        }
        print_json(&value)
    }
}

fn as_json(page: &Page, snapshot: &Snapshot, explain: bool) -> Value {
    let items = page.items.iter().map(|item| {
        let record = snapshot.item(&item.video).map(|item| &item.video);
        let mut value = json!({
            "place": item.place,
            "video": item.video,
            "title": record.map(|video| &video.title),
            "tags": record.map(|video| &video.tags),
            "channel": record.and_then(|video| video.channel.as_ref()),
            "reason": item.reason,
            "sentence": item.sentence,
        });
        if explain {
            value["trace"] = json!(item.trace);
        }
        value
    });
    let mut value = json!({ "items": items.collect::<Vec<_>>(), "degraded": page.degraded });
    if explain {
        value["removed"] = json!(page.removed);
    }
    value
}

fn as_text(page: &Page, snapshot: &Snapshot, explain: bool) -> String {
    let mut text = String::new();
    for reason in &page.degraded {
        let _ = writeln!(text, "not complete: {reason}");
    }
    if page.items.is_empty() {
        text.push_str(if snapshot.items.is_empty() {
            "the catalogue is empty; take something in with: vireo ingest, vireo import\n"
        } else {
            "nothing is left to show; why: --explain\n"
        });
    }
    if explain {
        explained(&mut text, page, snapshot);
    } else if !page.items.is_empty() {
        text.push_str(&one_line_each(page, snapshot));
    }
    text
}

fn title<'a>(snapshot: &'a Snapshot, video: &VideoId) -> &'a str {
    snapshot.item(video).map_or("", |item| item.video.title.as_str())
}

fn one_line_each(page: &Page, snapshot: &Snapshot) -> String {
    let channel = |video: &VideoId| snapshot.item(video)?.video.channel.clone();
    let has_channels = page.items.iter().any(|item| channel(&item.video).is_some());
    let mut table = if has_channels {
        Table::new(["", "title", "channel", "why"])
    } else {
        Table::new(["", "title", "why"])
    };
    for item in &page.items {
        let place = (item.place + 1).to_string();
        let title = title(snapshot, &item.video).to_owned();
        let channel = has_channels.then(|| channel(&item.video).unwrap_or_default());
        table.row([place, title].into_iter().chain(channel).chain([item.sentence.clone()]));
    }
    table.render_to_fit()
}

fn explained(text: &mut String, page: &Page, snapshot: &Snapshot) {
    for item in &page.items {
        let title = title(snapshot, &item.video);
        let _ = writeln!(text, "{:>3}. {title}  [{}]", item.place + 1, item.video);
        let _ = writeln!(text, "     {}", item.sentence);
        let sources: Vec<String> =
            item.trace.sources.iter().map(|(name, score)| format!("{name} {score:.3}")).collect();
        let (value, chance) = (item.trace.value, item.trace.propensity);
        let sources = sources.join(", ");
        let _ = writeln!(text, "     value {value:.3} from {sources}; propensity {chance:.2}");
        for step in &item.trace.steps {
            let _ = writeln!(text, "     {step}");
        }
    }
    if !page.removed.is_empty() {
        let mut table = Table::new(["filter", "removed", "why"]);
        for removed in &page.removed {
            let title = format!("{} [{}]", cut(title(snapshot, &removed.video), 44), removed.video);
            table.row([removed.filter.clone(), title, removed.why.clone()]);
        }
        let _ = write!(text, "\nRemoved\n{}", table.render());
    }
}
