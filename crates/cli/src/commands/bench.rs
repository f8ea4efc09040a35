//! `vireo bench`.

mod heads;
mod recommend;
mod retrieval;

use super::{Context, Ending};
use crate::output::print;
use crate::progress;
use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use vireo_domain::{FeedbackKind, UserId, Video};
use vireo_evaluate::load::Route;
use vireo_evaluate::tags::Case;
use vireo_evaluate::{
    ModelUsed, Report, clips, duplicates, keywords, load, ocr, shots, speech, tags, text,
};
use vireo_pretrained::Models;
use vireo_server::App;
use vireo_server::app::FeedQuery;
use vireo_understand::{CardWriter, Understander};

/// Measure models and speed on this machine, each figure beside its floor
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo bench speech --manifest speech.jsonl      {\"file\", \"lang\", \"text\"} a line
  vireo bench ocr --manifest ocr.jsonl            {\"file\", \"lang\", \"lines\"} a line
  vireo bench clips --manifest clips.jsonl        {\"file\", \"subtitles\"} a line
  vireo bench sentiment --test reviews.csv        a text and its label a row; also topics
  vireo bench keywords --test papers.jsonl        {\"text\", \"keyword\": […]} a line
  vireo bench shots --clips DIR                   films are cut together from them
  vireo bench duplicates --clips DIR              edited copies are made of each
  vireo bench heads --films DIR                   clips are made whose order alone differs
  vireo bench tags                                over what was imported and trained
  vireo bench retrieval                           over the demo's catalogue, or --questions FILE
  vireo bench recommend --data ml-100k --format ml-100k --models ease-recent,blend
  vireo bench cold-items --data ml-latest-small --format ml-latest --content films.csv
  vireo bench serve --seconds 5                   over the catalogue of the data folder")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    bench: Bench,
    /// Write the figures as JSON, too
    #[arg(long, value_name = "FILE", global = true)]
    json: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Word and character error rates and real-time factor of speech to text
    Speech {
        /// JSON lines with file, lang and text
        #[arg(long)]
        manifest: PathBuf,
    },
    /// Share of the text in pictures that is read, and seconds a picture
    Ocr {
        /// JSON lines with file, lang and lines
        #[arg(long)]
        manifest: PathBuf,
    },
    /// Seconds a minute of video, in all and stage by stage
    Clips {
        /// JSON lines with file and, where it is known, a subtitle file
        #[arg(long)]
        manifest: PathBuf,
        /// Clips at the same time; of one the models' share of each stage is told, too
        #[arg(long, default_value_t = 1)]
        workers: usize,
    },
    /// Heads trained on labelled texts, against rules, TF-IDF and the commonest label
    Sentiment(Labelled),
    /// The same of subjects
    Topics(Labelled),
    /// F1 of the keyword rules, against TF-IDF
    Keywords {
        /// JSON lines with text and keyword, a list
        #[arg(long)]
        test: PathBuf,
    },
    /// Borders between shots, over films cut together from clips at known frames
    Shots {
        /// Folder of clips, one shot each
        #[arg(long, value_name = "DIR")]
        clips: PathBuf,
        /// Clips to leave out by name, as they have cuts of their own
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        except: Vec<String>,
        /// Minutes of film that are made
        #[arg(long, default_value_t = 20.0)]
        minutes: f64,
        /// Seed of the choice
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Keep the films here, with films.jsonl, which says where their borders are
        #[arg(long, value_name = "DIR")]
        keep: Option<PathBuf>,
    },
    /// Edited copies of clips: are they told from other clips?
    Duplicates {
        /// Folder of clips, each of another video
        #[arg(long, value_name = "DIR")]
        clips: PathBuf,
        /// Keep the copies here
        #[arg(long, value_name = "DIR")]
        keep: Option<PathBuf>,
    },
    /// Do recommendations share tags with what people rated high?
    Tags {
        /// People asked, chosen by the seed among those with 20 ratings or more
        #[arg(long, default_value_t = 100)]
        users: usize,
        /// Seed of the choice
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    Heads(heads::Arguments),
    Recommend(recommend::Arguments),
    ColdItems(recommend::ColdArguments),
    Retrieval(retrieval::Arguments),
    /// Latency of feed, related and search over HTTP
    Serve {
        /// Requests under way at once
        #[arg(long, default_value_t = 2)]
        clients: usize,
        /// Seconds for each kind of request
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
    },
}

/// Labelled texts: .csv, .tsv, .txt or .jsonl.
#[derive(Debug, Args)]
struct Labelled {
    /// Texts to train on; without them --test is told in folds
    #[arg(long)]
    train: Option<PathBuf>,
    /// Texts to tell
    #[arg(long)]
    test: PathBuf,
    /// Parts that --test is divided into, each told by a head trained on the others
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// Seed of the parts
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let report = match self.bench {
            Bench::Speech { manifest } => {
                let config = context.config()?;
                let models = Models::new(config.models);
                let name = models.speech()?.name().to_owned();
                let report = Report::new("speech", models_used(&models)?);
                let mut understand = config.understand;
                understand.card_writer = CardWriter::Rules;
                understand.keyframes = 0;
                understand.shots = false;
                understand.sprites = false;
                let understander = Understander::new(understand, models);
                with_bar(|step| speech::run(&understander, &name, &manifest, report, step))?
            }
            Bench::Ocr { manifest } => {
                let models = Models::new(context.config()?.models);
                let Some(reader) = models.text_reader()? else {
                    bail!("the profile {} reads no text in pictures", models.profile());
                };
                let report = Report::new("ocr", models_used(&models)?);
                with_bar(|step| ocr::run(&*reader, &manifest, report, step))?
            }
            Bench::Clips { manifest, workers } => {
                let config = context.config()?;
                let models = Models::new(config.models);
                let report = Report::new("clips", models_used(&models)?);
                let understander = Understander::new(config.understand, models);
                in_folder(None, |covers| {
                    with_bar(|step| {
                        clips::run(&understander, &manifest, covers, workers, report, step)
                    })
                })?
            }
            Bench::Shots { clips, except, minutes, seed, keep } => {
                let report = Report::new("shots", Vec::new());
                in_folder(keep.as_deref(), |films| {
                    let (clips, except) = (clips.as_path(), except.as_slice());
                    let material = shots::Material { clips, except, minutes, seed, films };
                    with_bar(|step| shots::run(&material, report, step))
                })?
            }
            Bench::Duplicates { clips, keep } => {
                let report = Report::new("duplicates", Vec::new());
                in_folder(keep.as_deref(), |copies| {
                    with_bar(|step| duplicates::run(&clips, copies, report, step))
                })?
            }
            Bench::Sentiment(set) => labelled(context, text::Task::Sentiment, set)?,
            Bench::Topics(set) => labelled(context, text::Task::Topics, set)?,
            Bench::Keywords { test } => {
                let report = Report::new("keywords", Vec::new());
                with_bar(|step| keywords::run(&test, report, step))?
            }
            Bench::Tags { users, seed } => {
                let app = context.open_catalogue().await?;
                let report = Report::new("tags", models_used(&app.models)?);
                let catalogue = all_videos(&app).await?;
                let cases = cases(&app, users, seed).await?;
                if cases.is_empty() {
                    bail!(
                        "nobody has 20 ratings or more; import some: vireo import feedback --help"
                    );
                }
                let catalogue: Vec<_> = catalogue.iter().map(tags_of).collect();
                let mut report = tags::run(&cases, &catalogue, report);
                report.results.iter_mut().for_each(|row| row.seed = Some(seed));
                report
            }
            Bench::Heads(arguments) => arguments.measure(context).await?,
            Bench::Recommend(arguments) => {
                let embedder = if arguments.has_content() {
                    Some(Models::new(context.config()?.models).text_embedder()?)
                } else {
                    None
                };
                let report = with_bar(|step| arguments.measure(embedder.as_deref(), step))?;
                if let Some(file) = &self.json {
                    write(file, &report)?;
                }
                if let Some(file) = &arguments.html {
                    write_page(file, &report, vireo_evaluate::recommend::PROTOCOL)?;
                }
                print(&vireo_evaluate::recommend::table(&report))?;
                return Ok(Ending::Well);
            }
            Bench::ColdItems(arguments) => {
                let embedder = Models::new(context.config()?.models).text_embedder()?;
                with_bar(|step| arguments.measure(&*embedder, step))?
            }
            Bench::Retrieval(arguments) => {
                let report = arguments.measure(context).await?;
                if let Some(file) = &self.json {
                    write(file, &report)?;
                }
                print(&vireo_evaluate::retrieval::table(&report))?;
                return Ok(Ending::Well);
            }
            Bench::Serve { clients, seconds } => {
                let app = context.open_catalogue().await?;
                let report = Report::new("serve", models_used(&app.models)?);
                serve(app, clients, seconds, report).await?
            }
        };
        if let Some(file) = &self.json {
            write(file, &report)?;
        }
        print(&report.to_string())?;
        Ok(Ending::Well)
    }
}

/// Measures heads on labelled texts.
fn labelled(context: &Context, task: text::Task, set: Labelled) -> Result<Report> {
    let models = Models::new(context.config()?.models);
    let embedder = models.text_embedder()?;
    let embedder = &*embedder;
    let name = match task {
        text::Task::Sentiment => "sentiment",
        text::Task::Topics => "topics",
    };
    let mut used = models_used(&models)?;
    used.retain(|model| embedder.name().starts_with(&model.name));
    if used.is_empty() {
        used.push(ModelUsed { name: embedder.name().to_owned(), sha256: None });
    }
    let report = Report::new(name, used);
    let Labelled { train, test, folds, seed } = set;
    let request = text::Request { task, train, test, folds, seed };
    let bar = std::io::stderr().is_terminal().then(progress::bar);
    let outcome = text::run(embedder, &request, report, &|stage, done, total| {
        if let Some(bar) = &bar {
            bar.set_length(total.max(1) as u64);
            bar.set_position(done as u64);
            bar.set_message(stage.to_owned());
        }
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(outcome?)
}

/// Writes the figures as a page with plots.
pub(super) fn write_page(file: &Path, report: &Report, protocol: &str) -> Result<()> {
    let page = vireo_evaluate::html(report, protocol);
    std::fs::write(file, page).with_context(|| format!("cannot write {}", file.display()))
}

pub(super) fn write(file: &Path, report: &Report) -> Result<()> {
    let json = serde_json::to_vec_pretty(report)?;
    std::fs::write(file, json).with_context(|| format!("cannot write {}", file.display()))
}

/// Runs a measurement with a folder to keep things in, or one that goes away with it.
fn in_folder<T>(keep: Option<&Path>, run: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let passing = std::env::temp_dir().join(format!("vireo-bench-{}", std::process::id()));
    let folder = keep.unwrap_or(&passing);
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let measured = run(folder);
    if keep.is_none() {
        std::fs::remove_dir_all(&passing)?;
    }
    measured
}

/// Runs a measurement with a bar on a terminal.
pub(super) fn with_bar<T>(
    run: impl FnOnce(&(dyn Fn(usize, usize) + Sync)) -> vireo_evaluate::Result<T>,
) -> Result<T> {
    let bar = std::io::stderr().is_terminal().then(progress::bar);
    let outcome = run(&|done, total| {
        if let Some(bar) = &bar {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(outcome?)
}

/// The models of the profile, by their largest file.
fn models_used(models: &Models) -> Result<Vec<ModelUsed>> {
    let catalogue = models.catalogue()?;
    let chosen = catalogue.profile(models.profile())?;
    Ok(chosen
        .into_iter()
        .map(|model| ModelUsed {
            name: model.name.clone(),
            sha256: model.files().max_by_key(|file| file.size).map(|file| file.sha256.clone()),
        })
        .collect())
}

async fn all_videos(app: &App) -> Result<Vec<Video>> {
    let mut videos: Vec<Video> = Vec::new();
    loop {
        let page = app.store.videos(videos.last().map(|video| &video.id), 1000).await?;
        if page.is_empty() {
            return Ok(videos);
        }
        videos.extend(page);
    }
}

fn tags_of(video: &Video) -> BTreeSet<String> {
    video.tags.iter().cloned().collect()
}

/// What people rated at least 4 of 5, and what they are recommended.
async fn cases(app: &App, count: usize, seed: u64) -> Result<Vec<Case>> {
    let mut people: Vec<UserId> = Vec::new();
    loop {
        let page = app.store.users(people.last(), 1000).await?;
        if page.is_empty() {
            break;
        }
        people.extend(page.into_iter().map(|user| user.id));
    }
    fastrand::Rng::with_seed(seed).shuffle(&mut people);
    let mut cases = Vec::new();
    for user in people {
        if cases.len() == count {
            break;
        }
        let feedback = app.store.of_user(&user, 10_000).await?;
        let ratings: Vec<_> =
            feedback.iter().filter(|action| action.kind == FeedbackKind::Rating).collect();
        if ratings.len() < 20 {
            continue;
        }
        let mut case = Case::default();
        for rating in ratings.iter().filter(|rating| rating.value.is_some_and(|v| v >= 4.0)) {
            if let Some(video) = app.store.video(&rating.video).await? {
                case.liked.push(tags_of(&video));
            }
        }
        let query = FeedQuery { limit: 20, ..FeedQuery::default() };
        for item in app.feed(&user, &query).await?.items {
            if let Some(video) = app.store.video(&item.video).await? {
                case.recommended.push(tags_of(&video));
            }
        }
        cases.push(case);
    }
    Ok(cases)
}

/// Serves the catalogue on a free port of loopback and asks it.
async fn serve(app: App, clients: usize, seconds: f64, report: Report) -> Result<Report> {
    let videos = all_videos(&app).await?;
    if videos.is_empty() {
        bail!("the catalogue is empty; take something in with: vireo ingest");
    }
    let users = app.store.users(None, 200).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}/api/v1", listener.local_addr()?);
    let server = tokio::spawn(vireo_server::serve::on(app, listener));
    let step = (videos.len() / 100).max(1);
    let some = || videos.iter().step_by(step);
    let route = |name: &str, urls: Vec<String>| Route { name: name.to_owned(), urls };
    let feed = users.iter().map(|user| format!("{base}/users/{}/feed?limit=20", user.id)).collect();
    let related = some().map(|video| format!("{base}/videos/{}/related?limit=12", video.id));
    let search = some().map(|video| {
        let words: Vec<&str> = video.title.split_whitespace().take(3).collect();
        format!("{base}/search?limit=10&q={}", escape(&words.join(" ")))
    });
    let routes = [
        route("feed", feed),
        route("related", related.collect()),
        route("search", search.collect()),
    ];
    let report =
        tokio::task::spawn_blocking(move || load::run(&routes, clients, seconds, report)).await?;
    server.abort();
    Ok(report)
}

/// Percent-encodes everything but letters and digits.
fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        use std::fmt::Write;
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_part_of_an_address() {
        assert_eq!(escape("a 月"), "a%20%E6%9C%88");
    }
}
