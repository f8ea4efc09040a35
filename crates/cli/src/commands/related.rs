//! `vireo related`.

use super::listing::Listing;
use super::{Context, Ending};
use crate::named::{self, Person, user_id};
use anyhow::Result;
use clap::Args;

/// Find videos like one
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo related 3f2a
  vireo related talks/friday.mp4 --user ann     without what ann has hidden, seen ones last")]
pub(crate) struct Arguments {
    #[arg(help = named::VIDEO)]
    video: String,
    /// For whom
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    listing: Listing,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let user = self.user.as_deref().map(user_id).transpose()?;
        let app = context.open_catalogue().await?;
        let video = named::video(&app, &self.video).await?;
        let person = match user {
            Some(user) => Some(Person::find(&app, user).await?),
            None => None,
        };
        let person = person.as_ref();
        let of = person.map(|person| &person.id);
        let mut page = app.related(&video, of, self.listing.limit()).await?;
        let language = self.listing.language(person);
        for item in &mut page.items {
            item.sentence = item.reason.sentence(&language);
        }
        self.listing.print(&page, &app.snapshot(), person, Some(&video))?;
        Ok(Ending::Well)
    }
}
