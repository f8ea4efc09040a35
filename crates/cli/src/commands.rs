//! The commands: one file each, one line in [`Command`] and one in [`Cli::run`].

mod ask;
mod bench;
mod completions;
mod doctor;
mod duplicates;
mod evaluate;
mod export;
mod heads;
mod help_markdown;
mod hide;
mod import;
mod ingest;
mod interests;
mod list;
mod listing;
mod models;
mod rebuild_index;
mod recommend;
mod related;
mod remove;
mod search;
mod serve;
mod show;
mod topics;
mod train;
mod unhide;

use anyhow::{Result, anyhow};
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tempfile::TempDir;
use vireo_server::{App, Config, environment};
use vireo_store::sqlite::SqliteStore;

const EXAMPLES: &str = "\
Begin:
  vireo models pull                      fetch the models (once)
  vireo ingest ~/Videos                  watch a folder of videos
  vireo train                            find topics, what is popular, what is watched together
  vireo serve                            the page, on http://127.0.0.1:8080

Ask:
  vireo search \"sourdough bread\"         videos and the second where it is said
  vireo recommend --user ann             what ann should see next, and why
  vireo doctor                           what is missing on this machine

Exit codes: 0 all well; 1 some files, lines or checks failed, the rest was done;
2 nothing was done (wrong use, unreadable settings, full disk …).

Environment: VIREO_DATA_DIR, VIREO_MODELS_DIR, VIREO_CONFIG as the options;
VIREO_API_KEY the key that writers send to the server;
VIREO_LOG what is logged (warn, info, vireo_server=debug).";

/// Vireo understands your videos and recommends from them, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "vireo", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Folder that holds everything of an installation [default: ~/.local/share/vireo]
    #[arg(long, global = true, value_name = "DIR", env = environment::DATA_DIR, hide_env = true)]
    data_dir: Option<PathBuf>,
    /// Settings file; what it leaves out is as shipped
    #[arg(long, global = true, value_name = "FILE", env = environment::CONFIG, hide_env = true)]
    config: Option<PathBuf>,
    /// Folder of the models [default: ~/.cache/vireo/models]
    #[arg(long, global = true, value_name = "DIR", env = environment::MODELS_DIR, hide_env = true)]
    models_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Models(models::Arguments),
    Ingest(ingest::Arguments),
    List(list::Arguments),
    Show(show::Arguments),
    Hide(hide::Arguments),
    Unhide(unhide::Arguments),
    Remove(remove::Arguments),
    Import(import::Arguments),
    Train(train::Arguments),
    Recommend(recommend::Arguments),
    Related(related::Arguments),
    Topics(topics::Arguments),
    Search(search::Arguments),
    Ask(ask::Arguments),
    Interests(interests::Arguments),
    Heads(heads::Arguments),
    Serve(serve::Arguments),
    Doctor(doctor::Arguments),
    Duplicates(duplicates::Arguments),
    Evaluate(evaluate::Arguments),
    Bench(bench::Arguments),
    Export(export::Arguments),
    RebuildIndex(rebuild_index::Arguments),
    Completions(completions::Arguments),
    HelpMarkdown(help_markdown::Arguments),
}

impl Command {
    /// What is logged when `VIREO_LOG` says nothing.
    pub(crate) fn log_level(&self) -> &'static str {
        match self {
            Self::Serve(_) => "warn,vireo_server=info,llama-cpp-2=error,sqlx::query=error",
            _ => "warn,llama-cpp-2=error,sqlx::query=error",
        }
    }
}

/// How a command ended that did what it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All well.
    Well,
    /// Some of it failed, and it was said what.
    SomeFailed,
}

impl Ending {
    pub(crate) fn failed_if(some_failed: bool) -> Self {
        if some_failed { Self::SomeFailed } else { Self::Well }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Well => Self::SUCCESS,
            Ending::SomeFailed => Self::from(1),
        }
    }
}

impl Cli {
    pub(crate) async fn run(self) -> Result<Ending> {
        let context = Context { global: self.global };
        match self.command {
            Command::Models(arguments) => arguments.run(&context),
            Command::Ingest(arguments) => arguments.run(&context).await,
            Command::List(arguments) => arguments.run(&context).await,
            Command::Show(arguments) => arguments.run(&context).await,
            Command::Hide(arguments) => arguments.run(&context).await,
            Command::Unhide(arguments) => arguments.run(&context).await,
            Command::Remove(arguments) => arguments.run(&context).await,
            Command::Import(arguments) => arguments.run(&context).await,
            Command::Train(arguments) => arguments.run(&context).await,
            Command::Recommend(arguments) => arguments.run(&context).await,
            Command::Related(arguments) => arguments.run(&context).await,
            Command::Topics(arguments) => arguments.run(&context).await,
            Command::Search(arguments) => arguments.run(&context).await,
            Command::Ask(arguments) => arguments.run(&context).await,
            Command::Interests(arguments) => arguments.run(&context).await,
            Command::Heads(arguments) => arguments.run(&context).await,
            Command::Serve(arguments) => arguments.run(&context).await,
            Command::Doctor(arguments) => arguments.run(&context).await,
            Command::Duplicates(arguments) => arguments.run(&context).await,
            Command::Evaluate(arguments) => arguments.run(&context).await,
            Command::Bench(arguments) => arguments.run(&context).await,
            Command::Export(arguments) => arguments.run(&context).await,
            Command::RebuildIndex(arguments) => arguments.run(&context).await,
            Command::Completions(arguments) => arguments.run(),
            Command::HelpMarkdown(_) => help_markdown::Arguments::run(),
        }
    }
}

/// Where a command works.
pub(crate) struct Context {
    global: Global,
}

impl Context {
    /// The settings, with what the command line says in place of the file's.
    pub(crate) fn config(&self) -> Result<Config> {
        let mut config = Config::load(self.global.config.as_deref())?;
        if let Some(dir) = &self.global.models_dir {
            config.models.dir = Some(dir.clone());
        }
        Ok(config)
    }

    /// The data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.global.data_dir.clone().unwrap_or_else(|| {
            let data_home = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
            let data_home = data_home
                .filter(|path| path.is_absolute())
                .unwrap_or_else(|| std::env::home_dir().unwrap_or_default().join(".local/share"));
            data_home.join("vireo")
        })
    }

    /// The installation, for commands that only ask: a mistyped folder must not
    /// become an empty one that answers "nothing found".
    pub(crate) async fn open(&self) -> Result<App> {
        let dir = self.data_dir();
        if !SqliteStore::is_in(&dir) {
            return Err(no_data(&dir));
        }
        App::open(&dir, self.config()?).await
    }

    /// The installation, made now if there is none yet.
    pub(crate) async fn open_or_make(&self) -> Result<App> {
        self.open_or_make_with(|_| {}).await
    }

    /// As [`Self::open_or_make`], with settings that the command line changes.
    pub(crate) async fn open_or_make_with(&self, change: impl FnOnce(&mut Config)) -> Result<App> {
        let (dir, mut config) = (self.data_dir(), self.config()?);
        change(&mut config);
        let is_new = !SqliteStore::is_in(&dir);
        let app = App::open(&dir, config).await?;
        if is_new {
            eprintln!("made a new data folder: {}", app.data_dir.display());
        }
        Ok(app)
    }

    /// For a dry run: the installation, or an empty one that leaves nothing
    /// behind when the folder is dropped.
    pub(crate) async fn open_or_pretend(&self) -> Result<(App, Option<TempDir>)> {
        if SqliteStore::is_in(&self.data_dir()) {
            return Ok((self.open().await?, None));
        }
        let pretended = TempDir::with_prefix("vireo-dry-run-")?;
        Ok((App::open(pretended.path(), self.config()?).await?, Some(pretended)))
    }

    /// The installation with its catalogue read.
    pub(crate) async fn open_catalogue(&self) -> Result<App> {
        let app = self.open().await?;
        app.refresh().await?;
        Ok(app)
    }
}

/// What is said of a folder that holds no installation.
fn no_data(dir: &Path) -> anyhow::Error {
    anyhow!("there is no Vireo data in {}; `vireo ingest FOLDER` makes it", dir.display())
}
