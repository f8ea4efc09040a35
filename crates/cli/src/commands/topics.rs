//! `vireo topics`.

use super::{Context, Ending};
use crate::locale;
use crate::output::{count, print, print_json};
use crate::table::Table;
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::str::FromStr;
use vireo_domain::{Language, TopicId};
use vireo_server::App;
use vireo_server::app::TopicShown;

/// Show what the catalogue is about, or name a topic
///
/// `vireo train` finds the topics. Where there are many, those that are alike are
/// part of a wider one. Their names are their most telling keywords, or what the
/// language model made of them, or yours.
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo topics                           all of them, the largest first
  vireo topics 7                         the videos of one
  vireo topics 7 --name \"Home cooking\" --name-zh 家常菜")]
pub(crate) struct Arguments {
    /// Number of a topic
    topic: Option<u32>,
    /// Call it so in English; the name stays while most of the topic's middle does
    #[arg(long, requires = "topic", value_name = "NAME")]
    name: Option<String>,
    /// Call it so in Chinese
    #[arg(long, requires = "topic", value_name = "NAME")]
    name_zh: Option<String>,
    /// Take back the name that you gave; the keywords are its name again after
    /// the next `vireo train`
    #[arg(long, requires = "topic", conflicts_with_all = ["name", "name_zh"])]
    unname: bool,
    /// Language of the names, en or zh [default: the locale's]
    #[arg(long, value_parser = Language::from_str)]
    lang: Option<Language>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open_catalogue().await?;
        let language = self.lang.unwrap_or_else(locale::language);
        let reads_chinese = language.is_chinese();
        let Some(id) = self.topic.map(TopicId) else {
            let topics = app.topics();
            if self.json {
                print_json(&topics.iter().map(as_json).collect::<Vec<_>>())?;
            } else {
                print(&tree(&app, &topics, reads_chinese))?;
            }
            return Ok(Ending::Well);
        };
        if self.unname {
            app.name_topic(id, None).await?;
        } else if self.name.is_some() || self.name_zh.is_some() {
            let names = [&self.name, &self.name_zh].map(|name| name.as_deref().unwrap_or(""));
            app.name_topic(id, Some(names)).await?;
        }
        let topic = app.topic(id)?;
        if self.json {
            let mut value = as_json(&topic);
            value["video_ids"] = json!(app.topic_videos(id)?);
            print_json(&value)?;
            return Ok(Ending::Well);
        }
        let mut table = Table::new(["id", "title"]);
        let snapshot = app.snapshot();
        for video in &app.topic_videos(id)? {
            let title = snapshot.item(video).map(|item| item.video.title.clone());
            table.row([video.as_str().chars().take(8).collect(), title.unwrap_or_default()]);
        }
        let name = topic.topic.name_for(reads_chinese);
        let by = topic.named_by.map(|by| format!(", named by {by}")).unwrap_or_default();
        print(&format!("{name} ({}{by})\n\n{}", count(topic.videos, "video"), table.render()))?;
        Ok(Ending::Well)
    }
}

/// A line a topic, parts below what they are a part of.
fn tree(app: &App, topics: &[TopicShown], reads_chinese: bool) -> String {
    if topics.is_empty() {
        let videos = app.snapshot().items.len();
        return format!("no topics yet, {}: run `vireo train`\n", count(videos, "video"));
    }
    let mut table = Table::new(["topic", "videos", "name"]);
    let mut row = |it: &TopicShown, before: &str| {
        let name = format!("{before}{}", it.topic.name_for(reads_chinese));
        table.row([it.topic.id.0.to_string(), it.videos.to_string(), name]);
    };
    for topic in topics {
        row(topic, "");
        topic.parts.iter().for_each(|part| row(part, "└ "));
    }
    table.render()
}

fn as_json(it: &TopicShown) -> Value {
    json!({
        "id": it.topic.id,
        "name": it.topic.name,
        "name_zh": it.topic.name_zh,
        "named_by": it.named_by,
        "videos": it.videos,
        "parts": it.parts.iter().map(as_json).collect::<Vec<_>>(),
    })
}
