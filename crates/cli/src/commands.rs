//! The commands: one file each, one line in [`Command`] and one in [`Cli::run`].

mod bench;
mod doctor;
mod duplicates;
mod export;
mod help_markdown;
mod import;
mod ingest;
mod interests;
mod models;
mod rebuild_index;
mod recommend;
mod related;
mod search;
mod serve;
mod show;
mod train;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use vireo_domain::VideoId;
use vireo_server::{App, Config, environment};

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
    Show(show::Arguments),
    Import(import::Arguments),
    Train(train::Arguments),
    Recommend(recommend::Arguments),
    Related(related::Arguments),
    Search(search::Arguments),
    Interests(interests::Arguments),
    Serve(serve::Arguments),
    Doctor(doctor::Arguments),
    Duplicates(duplicates::Arguments),
    Bench(bench::Arguments),
    Export(export::Arguments),
    RebuildIndex(rebuild_index::Arguments),
    HelpMarkdown(help_markdown::Arguments),
}

impl Command {
    /// What is logged when `VIREO_LOG` says nothing.
    pub(crate) fn log_level(&self) -> &'static str {
        match self {
            Self::Serve(_) => "warn,vireo_server=info,llama-cpp-2=error",
            _ => "warn,llama-cpp-2=error",
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
            Command::Show(arguments) => arguments.run(&context).await,
            Command::Import(arguments) => arguments.run(&context).await,
            Command::Train(arguments) => arguments.run(&context).await,
            Command::Recommend(arguments) => arguments.run(&context).await,
            Command::Related(arguments) => arguments.run(&context).await,
            Command::Search(arguments) => arguments.run(&context).await,
            Command::Interests(arguments) => arguments.run(&context).await,
            Command::Serve(arguments) => arguments.run(&context).await,
            Command::Doctor(arguments) => arguments.run(&context).await,
            Command::Duplicates(arguments) => arguments.run(&context).await,
            Command::Bench(arguments) => arguments.run(&context).await,
            Command::Export(arguments) => arguments.run(&context).await,
            Command::RebuildIndex(arguments) => arguments.run(&context).await,
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

    /// The installation.
    pub(crate) async fn open(&self) -> Result<App> {
        App::open(&self.data_dir(), self.config()?).await
    }

    /// The installation with its catalogue read.
    pub(crate) async fn open_catalogue(&self) -> Result<App> {
        let app = self.open().await?;
        app.refresh().await?;
        Ok(app)
    }
}

/// Finds the video that somebody means: by id, the beginning of an id, or its file.
pub(crate) async fn find_video(app: &App, name: &str) -> Result<VideoId> {
    let path = std::path::Path::new(name);
    if path.exists() {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| std::path::Path::new("."));
        let whole = match path.file_name() {
            Some(file) => folder.canonicalize()?.join(file),
            None => path.canonicalize()?,
        };
        if let Some(video) = app.store.video_at_path(&whole.to_string_lossy()).await? {
            return Ok(video.id);
        }
    }
    let beginning = VideoId::new(name)?;
    if app.store.video(&beginning).await?.is_some() {
        return Ok(beginning);
    }
    let after = app.store.videos(Some(&beginning), 2).await?;
    let mut like = after.into_iter().filter(|video| video.id.as_str().starts_with(name));
    match (like.next(), like.next()) {
        (Some(video), None) => Ok(video.id),
        (Some(_), Some(_)) => anyhow::bail!("several ids begin with {name}; give more of it"),
        (None, _) if path.exists() => {
            anyhow::bail!("{name} is not in the catalogue; take it in with: vireo ingest {name}")
        }
        (None, _) => anyhow::bail!("there is no video {name}; find its id with: vireo search"),
    }
}

/// A person's id from the command line.
pub(crate) fn user_id(text: &str) -> Result<vireo_domain::UserId> {
    vireo_domain::UserId::new(text).context("--user")
}
