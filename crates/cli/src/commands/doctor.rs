//! `vireo doctor`.

use super::{Context, Ending};
use crate::output::{print, print_json};
use crate::table::Table;
use anyhow::Result;
use clap::Args;
use vireo_server::doctor::{self, Check};
use vireo_server::{Config, config};

/// Say what is missing or misconfigured on this machine, and how to mend it
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 nothing needed is missing, also before the first `vireo ingest`; 1 something is.")]
pub(crate) struct Arguments {
    /// Print every setting as shipped, with explanations (to begin a settings file with)
    #[arg(long)]
    settings: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        if self.settings {
            print(config::DEFAULT)?;
            return Ok(Ending::Well);
        }
        let (settings, mut checks) = match context.config() {
            Ok(settings) => (settings, Vec::new()),
            Err(error) => {
                let remedy = "correct the file; below, the shipped settings are used";
                (Config::default(), vec![Check::bad("settings", format!("{error:#}"), remedy)])
            }
        };
        checks.extend(doctor::examine(&context.data_dir(), &settings).await);
        let is_bad = checks.iter().any(|check| check.well == Some(false));
        if self.json {
            print_json(&checks)?;
        } else {
            let mut table = Table::new(["", "what", "found"]);
            for check in &checks {
                let mark = match check.well {
                    Some(true) => "ok",
                    Some(false) => "BAD",
                    None => "note",
                };
                table.row([mark.to_owned(), check.name.clone(), check.found.clone()]);
                for detail in &check.details {
                    table.row([String::new(), String::new(), format!("- {detail}")]);
                }
                if let Some(remedy) = &check.remedy {
                    table.row([String::new(), String::new(), format!("→ {remedy}")]);
                }
            }
            print(&table.render())?;
        }
        Ok(Ending::failed_if(is_bad))
    }
}
