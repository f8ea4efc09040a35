//! `vireo ask`.

use super::{Context, Ending};
use crate::named;
use crate::output::{clock, print, print_json};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::fmt::Write;

/// Ask where in a video something is said
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo ask talks/friday.mp4 where does she explain the moons
  vireo ask 3f2a \"面团要发酵多久？\"

Answers are the video's own words with their times, never invented ones.")]
pub(crate) struct Arguments {
    #[arg(help = named::VIDEO)]
    video: String,
    /// The question
    #[arg(required = true)]
    question: Vec<String>,
    /// How many quotes
    #[arg(short, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=20))]
    number: u16,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open_catalogue().await?;
        let video = named::video(&app, &self.video).await?;
        let question = self.question.join(" ");
        let quotes = app.ask(&video, &question, usize::from(self.number)).await?;
        if self.json {
            let quotes = quotes.iter().map(|quote| {
                json!({"start": quote.span.start, "end": quote.span.end, "text": quote.text,
                    "shared": quote.shared})
            });
            let quotes: Vec<_> = quotes.collect();
            print_json(&json!({"video": video, "question": question, "quotes": quotes}))?;
        } else if quotes.is_empty() {
            print("nothing is said of it in this video; try: vireo search")?;
        } else {
            let mut text = String::new();
            for quote in quotes {
                let _ = writeln!(text, "{:>8}  {}", clock(quote.span.start), quote.text);
            }
            print(text.trim_end())?;
        }
        Ok(Ending::Well)
    }
}
