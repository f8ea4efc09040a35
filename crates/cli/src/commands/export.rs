//! `vireo export`.

use super::{Context, Ending};
use crate::output::{print, print_json};
use crate::table::Table;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use vireo_server::export;

/// Write everything out as JSON lines and subtitle files
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo export backup/
  vireo --data-dir new import feedback backup/    videos, people and feedback back in")]
pub(crate) struct Arguments {
    /// Folder to write into
    dir: PathBuf,
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open().await?;
        let counts = export::run(&app, &self.dir).await?;
        if self.json {
            let counts: serde_json::Map<_, _> =
                counts.into_iter().map(|(name, count)| (name, count.into())).collect();
            print_json(&counts)?;
            return Ok(Ending::Well);
        }
        let mut table = Table::new(["records", "file"]);
        for (name, count) in counts {
            table.row([count.to_string(), name]);
        }
        print(&table.render())?;
        Ok(Ending::Well)
    }
}
