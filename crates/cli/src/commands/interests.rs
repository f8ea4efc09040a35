//! `vireo interests`.

use super::{Context, Ending};
use crate::named::{self, Person, user_id};
use crate::output::{print, print_json};
use crate::table::Table;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;
use std::str::FromStr;
use vireo_domain::{Language, UserId};
use vireo_server::App;
use vireo_server::app::InterestChange;

/// Show or correct what Vireo believes somebody likes
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo interests --user ann
  vireo interests --user ann --say \"slow travel by train\"
  vireo interests --user ann --boost chess=2      twice as much; 0 mutes, 1 is as learned
  vireo interests --user new --pick 3f2a --pick 9b01")]
pub(crate) struct Arguments {
    /// Whose
    #[arg(long)]
    user: String,
    /// Add an interest in the person's own words
    #[arg(long, value_name = "SENTENCE")]
    say: Vec<String>,
    /// Remove something said
    #[arg(long, value_name = "KEY")]
    unsay: Vec<String>,
    /// More or less of an interest, by its key or its name, 0 to 4
    #[arg(long, value_name = "INTEREST=FACTOR")]
    boost: Vec<String>,
    /// A video that the person likes, at the start: its id, beginning of an id, file, or title
    #[arg(long, value_name = "VIDEO")]
    pick: Vec<String>,
    /// Language of the names, en or zh [default: the person's, else the locale's]
    #[arg(long, value_parser = Language::from_str)]
    lang: Option<Language>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let user = user_id(&self.user)?;
        let app = context.open_catalogue().await?;
        let person = Person::find(&app, user).await?;
        let user = &person.id;
        let mut changes: Vec<InterestChange> = Vec::new();
        changes.extend(self.unsay.into_iter().map(InterestChange::Unsay));
        changes.extend(self.say.into_iter().map(InterestChange::Say));
        let mut picks = Vec::new();
        for video in &self.pick {
            picks.push(named::video(&app, video).await?);
        }
        if !picks.is_empty() {
            changes.push(InterestChange::Pick(picks));
        }
        let is_begun = !changes.is_empty() || !self.boost.is_empty();
        for change in changes {
            app.change_interests(user, change).await?;
        }
        for boost in &self.boost {
            let (name, factor) =
                boost.rsplit_once('=').context("--boost: write INTEREST=FACTOR")?;
            let factor = factor.parse().context("--boost: the factor is a number, 0 to 4")?;
            let key = interest_key(&app, user, name).await?;
            app.change_interests(user, InterestChange::Boost { key, boost: factor }).await?;
        }
        let language = named::language(self.lang.as_ref(), Some(&person));
        let map = app.interests(user, Some(&language)).await?;
        let snapshot = app.snapshot();
        let title =
            |id| snapshot.item(id).map_or_else(String::new, |item| item.video.title.clone());
        if self.json {
            let interests = map.interests.iter().map(|interest| {
                json!({"key": interest.key, "name": interest.name, "weight": interest.weight,
                    "origin": interest.origin, "boost": interest.boost, "evidence": interest.evidence})
            });
            print_json(&json!({"user": user, "user_is_known": person.is_known,
                "similar_users": person.similar, "evidence_count": map.evidence_count,
                "interests": interests.collect::<Vec<_>>()}))?;
            return Ok(Ending::Well);
        }
        person.warn(if is_begun { "this begins a new map" } else { "nothing is known of them" });
        if map.interests.is_empty() {
            print("no interests yet: nothing was watched, said or picked")?;
            return Ok(Ending::Well);
        }
        let mut table = Table::new(["share", "interest", "key", "boost", "because of"]);
        for interest in &map.interests {
            let evidence: Vec<String> = interest.evidence.iter().take(3).map(title).collect();
            table.row([
                format!("{:.0} %", interest.weight * 100.0),
                interest.name.clone(),
                interest.key.clone(),
                interest.boost.to_string(),
                evidence.join("; "),
            ]);
        }
        print(&table.render())?;
        Ok(Ending::Well)
    }
}

/// The key of the interest that is called so, in either language.
async fn interest_key(app: &App, user: &UserId, name: &str) -> Result<String> {
    let mut names = Vec::new();
    for language in [Language::english(), Language::chinese()] {
        for interest in app.interests(user, Some(&language)).await?.interests {
            if interest.key == name || interest.name.to_lowercase() == name.trim().to_lowercase() {
                return Ok(interest.key);
            }
            let name = format!("{} ({})", interest.name, interest.key);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if names.is_empty() {
        bail!("{user} has no interests yet, so there is no {name} to change");
    }
    bail!("{user} has no interest {name}; there are: {}", names.join(", "))
}
