//! `vireo recommend`.

use super::{Context, Ending, user_id};
use crate::output::{print, print_json};
use crate::table::{Table, cut};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write;
use vireo_domain::{Language, VideoId};
use vireo_recommend::{Page, Snapshot};
use vireo_server::app::FeedQuery;

/// Recommend videos to somebody, with a reason for each
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo recommend --user ann
  vireo recommend --user ann -n 50 --explain    with scores, and what was left out and why
  vireo recommend --user somebody-new           popular, fresh and varied")]
pub(crate) struct Arguments {
    /// For whom; somebody unknown is somebody new
    #[arg(long)]
    user: String,
    /// How many
    #[arg(short, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    number: u16,
    /// Language of the reasons, such as en or zh [default: the person's]
    #[arg(long)]
    lang: Option<String>,
    /// Tell by which path each came, and what was removed
    #[arg(long)]
    explain: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let user = user_id(&self.user)?;
        let app = context.open_catalogue().await?;
        let query = FeedQuery {
            limit: usize::from(self.number),
            language: self.lang.as_deref().map(Language::new),
            explain: self.explain,
            ..FeedQuery::default()
        };
        let page = app.feed(&user, &query).await?;
        let snapshot = app.snapshot();
        if self.json {
            let mut value = page_json(&page, &snapshot, self.explain);
            value["user"] = json!(user);
            print_json(&value)?;
        } else {
            print(&page_text(&page, &snapshot, self.explain))?;
            if snapshot.items.len() > 2 && snapshot.topics.topics.is_empty() {
                eprintln!(
                    "hint: `vireo train` has not run yet; it finds topics and what is popular"
                );
            }
        }
        Ok(Ending::Well)
    }
}

fn title<'a>(snapshot: &'a Snapshot, video: &VideoId) -> &'a str {
    snapshot.item(video).map_or("", |item| item.video.title.as_str())
}

/// A list for programs.
pub(super) fn page_json(page: &Page, snapshot: &Snapshot, explain: bool) -> Value {
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

/// A list for people.
pub(super) fn page_text(page: &Page, snapshot: &Snapshot, explain: bool) -> String {
    let mut text = String::new();
    for reason in &page.degraded {
        let _ = writeln!(text, "not complete: {reason}");
    }
    if page.items.is_empty() {
        text.push_str(
            "nothing to recommend; is the catalogue empty? (vireo ingest, vireo import)\n",
        );
    }
    if explain {
        for item in &page.items {
            let title = title(snapshot, &item.video);
            let _ = writeln!(text, "{:>3}. {title}  [{}]", item.place + 1, item.video);
            let _ = writeln!(text, "     {}", item.sentence);
            let sources: Vec<String> = item
                .trace
                .sources
                .iter()
                .map(|(name, score)| format!("{name} {score:.3}"))
                .collect();
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
                let title =
                    format!("{} [{}]", cut(title(snapshot, &removed.video), 44), removed.video);
                table.row([removed.filter.clone(), title, removed.why.clone()]);
            }
            let _ = write!(text, "\nRemoved\n{}", table.render());
        }
        return text;
    }
    let mut table = Table::new(["", "title", "video", "why"]);
    for item in &page.items {
        table.row([
            (item.place + 1).to_string(),
            cut(title(snapshot, &item.video), 50),
            item.video.to_string(),
            item.sentence.clone(),
        ]);
    }
    if !page.items.is_empty() {
        text.push_str(&table.render());
    }
    text
}
