//! `vireo recommend`.

use super::listing::Listing;
use super::{Context, Ending};
use crate::named::{Person, user_id};
use anyhow::Result;
use clap::Args;
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
    #[command(flatten)]
    listing: Listing,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let user = user_id(&self.user)?;
        let app = context.open_catalogue().await?;
        let person = Person::find(&app, user).await?;
        let query = FeedQuery {
            limit: self.listing.limit(),
            language: Some(self.listing.language(Some(&person))),
            explain: self.listing.explain,
            ..FeedQuery::default()
        };
        let page = app.feed(&person.id, &query).await?;
        let snapshot = app.snapshot();
        self.listing.print(&page, &snapshot, Some(&person), None)?;
        if snapshot.items.len() > 2 && snapshot.topics.topics.is_empty() {
            eprintln!("hint: `vireo train` has not run yet; it finds topics and what is popular");
        }
        Ok(Ending::Well)
    }
}
