//! What is missing or misconfigured on this machine, and how to mend it.
//!
//! Looks without [`App`](crate::App), because that may be what does not open.

use crate::app::Published;
use crate::app::blocking;
use crate::jobs::{ingest, presence};
use crate::{Config, environment};
use serde::Serialize;
use std::fs;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, SystemTime};
use vireo_domain::Timestamp;
use vireo_pretrained::Models;
use vireo_pretrained::catalogue::Job;
use vireo_pretrained::embedding::TextEmbedder;
use vireo_pretrained::embedding::hashing::HashingEmbedder;
use vireo_store::sqlite::SqliteStore;
use vireo_store::{Catalogue, Documents, JobState, Jobs};

/// Free space below which there is a warning, in bytes.
const LITTLE_SPACE: u64 = 2 << 30;

/// How long an endpoint may take to answer a connection.
const CONNECT: Duration = Duration::from_secs(3);

/// Failed files that are named; the rest are counted.
const NAMED: usize = 5;

/// Failed jobs that are looked at.
const LOOKED_AT: u32 = 100_000;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// What.
    pub name: String,
    /// Whether it is well; `None`: not needed, but better to have.
    pub well: Option<bool>,
    /// What was found.
    pub found: String,
    /// What it is about one by one, such as files with reasons: the first few.
    pub details: Vec<String>,
    /// How to mend it.
    pub remedy: Option<String>,
}

impl Check {
    fn good(name: &str, found: impl Into<String>) -> Self {
        let (name, found) = (name.to_owned(), found.into());
        Self { name, well: Some(true), found, details: Vec::new(), remedy: None }
    }

    /// Something that keeps Vireo from working.
    pub fn bad(name: &str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { well: Some(false), remedy, ..Self::good(name, found) }
    }

    fn better(name: &str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { well: None, ..Self::bad(name, found, remedy) }
    }
}

/// Looks at everything: programs, models, data folder, disk space, clock, port, settings.
pub async fn examine(data_dir: &Path, config: &Config) -> Vec<Check> {
    let (dir, settings) = (data_dir.to_owned(), config.clone());
    let machine = blocking(move || {
        let mut checks: Vec<Check> = vireo_media::programs().map(program).into();
        checks.push(clock());
        checks.extend(models(&settings));
        checks.extend(endpoint(&settings));
        checks.extend(data_folder(&dir));
        checks.push(port(&settings));
        anyhow::Ok(checks)
    });
    let mut checks = machine.await.unwrap_or_else(|error| {
        vec![Check::bad("doctor", format!("{error:#}"), "report this as a bug")]
    });
    if SqliteStore::is_in(data_dir) {
        checks.extend(data_base(data_dir, config).await);
    }
    checks
}

fn program((name, version): (&str, vireo_media::Result<String>)) -> Check {
    match version {
        Ok(version) => Check::good(name, version),
        Err(vireo_media::Error::Program { source, .. }) => Check::bad(
            name,
            format!("cannot be started: {source}"),
            "install it with: apt-get install ffmpeg",
        ),
        Err(error) => Check::bad(name, error.to_string(), "install ffmpeg anew"),
    }
}

fn clock() -> Check {
    let now = Timestamp::now();
    // The shipped code is younger than that.
    let is_sane = now.to_string().get(..4).is_some_and(|year| ("2026".."2100").contains(&year));
    if is_sane {
        Check::good("clock", format!("{now:.0}"))
    } else {
        Check::bad("clock", format!("{now:.0}"), "set the system's clock: freshness hangs on it")
    }
}

fn models(config: &Config) -> Vec<Check> {
    let models = Models::new(config.models.clone());
    let pull = format!("vireo models pull --profile {}", models.profile());
    let all = match models.status() {
        Ok(all) => all,
        Err(error) => return vec![Check::bad("models", error.to_string(), "correct that file")],
    };
    let check = |status: vireo_pretrained::models::Status| {
        let name = format!("model: {}", status.job.name().replace('-', " "));
        let fetched = format!("{} was not fetched", status.model);
        if status.is_present {
            Check::good(&name, status.model)
        } else if let Some(problem) = status.problem {
            let remedy = "put it there (docs/MODELS.md), or remove the folder";
            Check::better(&name, format!("{}: {problem}", status.model), remedy)
        } else if is_seeing(status.job) {
            Check::better(&name, format!("{fetched}: pictures go without it"), pull.clone())
        } else {
            Check::bad(&name, fetched, pull.clone())
        }
    };
    let mut checks = vec![Check::good(
        "models folder",
        format!("{} (profile {})", models.dir().display(), models.profile()),
    )];
    checks.extend(all.into_iter().map(check));
    checks
}

/// Whether a model looks at pictures: videos are understood without it, too.
fn is_seeing(job: Job) -> bool {
    matches!(
        job,
        Job::PictureLabelling | Job::ObjectDetection | Job::UnsafeContent | Job::PictureText
    )
}

fn endpoint(config: &Config) -> Option<Check> {
    let endpoint = config.models.endpoint.as_ref()?;
    let name = "language model endpoint";
    let address = address(&endpoint.url);
    let connected = address.and_then(|address| {
        let mut addresses = address.to_socket_addrs().map_err(|error| error.to_string())?;
        let first = addresses.next().ok_or("no address")?;
        TcpStream::connect_timeout(&first, CONNECT).map_err(|error| error.to_string())
    });
    let remedy =
        "start it, or correct models.endpoint.url; until then cards are written without it";
    let key = endpoint.key_variable.as_ref().filter(|name| std::env::var_os(name).is_none());
    Some(match (connected, key) {
        (Ok(_), None) => Check::good(name, &endpoint.url),
        (Ok(_), Some(variable)) => Check::bad(
            name,
            format!("the environment variable {variable} is not set"),
            format!("put the key for {} there", endpoint.url),
        ),
        (Err(reason), _) => Check::bad(name, format!("{}: {reason}", endpoint.url), remedy),
    })
}

/// `host:port` of an address such as `http://127.0.0.1:11434/v1`.
fn address(url: &str) -> Result<String, String> {
    let (scheme, rest) = url.split_once("://").ok_or("it must begin with http:// or https://")?;
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err("it must begin with http:// or https://".to_owned()),
    };
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok(if has_port { host.to_owned() } else { format!("{host}:{default}") })
}

fn data_folder(dir: &Path) -> Vec<Check> {
    let name = "data folder";
    let remedy = format!("name another with --data-dir or {}", environment::DATA_DIR);
    if !SqliteStore::is_in(dir) {
        let found = format!("there is no Vireo data in {} yet", dir.display());
        let next = "next: `vireo ingest FOLDER` makes it and takes your videos in";
        return vec![Check::better(name, found, next)];
    }
    let probe = dir.join(format!(".doctor-{}", std::process::id()));
    let written = fs::write(&probe, b"?").and_then(|()| fs::remove_file(&probe));
    let mut checks = vec![match written {
        Ok(()) => Check::good(name, dir.display().to_string()),
        Err(error) => Check::bad(name, format!("{}: {error}", dir.display()), remedy),
    }];
    checks.push(match fs4::available_space(dir) {
        Ok(bytes) if bytes < LITTLE_SPACE => Check::better(
            "disk space",
            format!("{} MiB free", bytes >> 20),
            "free some: a catalogue of 1,000 videos takes about 1 GiB",
        ),
        Ok(bytes) => Check::good("disk space", format!("{} GiB free", bytes >> 30)),
        Err(error) => Check::bad("disk space", error.to_string(), "look at the disk"),
    });
    let ahead = fs::metadata(dir.join("vireo.db")).and_then(|file| file.modified()).ok();
    let limit = SystemTime::now() + Duration::from_hours(1);
    if ahead.is_some_and(|modified| modified > limit) {
        checks.push(Check::bad(
            "clock",
            "the data base was last written in the future",
            "set the system's clock",
        ));
    }
    checks
}

fn port(config: &Config) -> Check {
    let listen = config.server.listen;
    let key = std::env::var_os(&config.server.key_variable);
    if !listen.ip().is_loopback() && key.is_none() {
        return Check::bad(
            "port",
            format!("{listen} can be reached from outside and needs a key"),
            format!("put a secret into {}, or listen on 127.0.0.1", config.server.key_variable),
        );
    }
    match TcpListener::bind(listen) {
        Ok(_) => Check::good("port", format!("{listen} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Check::better(
            "port",
            format!("{listen} is in use (by a running `vireo serve`?)"),
            "if it is something else, choose another: [server] listen",
        ),
        Err(error) => {
            Check::bad("port", format!("{listen}: {error}"), "choose another: [server] listen")
        }
    }
}

async fn data_base(dir: &Path, config: &Config) -> Vec<Check> {
    let store = match SqliteStore::open(dir).await {
        Ok(store) => store,
        Err(error) => {
            return vec![Check::bad("data base", error.to_string(), "put a backup in its place")];
        }
    };
    let mut checks = Vec::new();
    match store.video_count().await {
        Ok(0) => checks.push(Check::better(
            "catalogue",
            "it is empty",
            "take videos in with: vireo ingest FOLDER",
        )),
        Ok(videos) => checks.push(Check::good("catalogue", format!("{videos} videos"))),
        Err(error) => {
            checks.push(Check::bad("data base", error.to_string(), "put a backup in its place"));
        }
    }
    checks.extend(files(&store).await);
    checks.extend(vectors(&store, config).await);
    if let Ok(counts) = store.job_counts(ingest::QUEUE).await {
        let of = |state| counts.iter().find(|(other, _)| *other == state).map_or(0, |(_, n)| *n);
        let (at_work, open) =
            (ingest::workers_alive(dir), of(JobState::Waiting) + of(JobState::Running));
        checks.push(match (at_work, open) {
            (0, 1..) => Check::better(
                "ingest",
                format!("files that a stopped run left: {open}"),
                "run the same `vireo ingest` again: it goes on there",
            ),
            (0, 0) => Check::good("ingest", "nothing is under way"),
            (n, _) => Check::good("ingest", format!("runs at work: {n}, files to go: {open}")),
        });
    }
    checks.extend(failed_files(&store).await);
    checks
}

/// The files of the catalogue's videos.
async fn files(store: &SqliteStore) -> Option<Check> {
    let videos = store.video_count().await.ok()?;
    Some(match presence::gone(store).await {
        Ok(gone) if gone.is_empty() => Check::good("files", "none is gone"),
        Ok(gone) => Check::better(
            "files",
            format!(
                "{} of {videos} videos have lost theirs, {} first",
                gone.len(),
                gone[0].1.display()
            ),
            "put them back, or ingest their new folder; until then they are left out; \
             to forget one: vireo remove",
        ),
        Err(error) => Check::bad("files", format!("{error:#}"), "look at the data base"),
    })
}

/// Whether what was trained is in the space of the embedder that is there now.
async fn vectors(store: &SqliteStore, config: &Config) -> Option<Check> {
    let published = store.document(Published::KIND, Published::POINTER).await.ok()??;
    let published: Published = serde_json::from_value(published).ok()?;
    let used = published.facts.embedding_model;
    let built_in = HashingEmbedder.name();
    let status = Models::new(config.models.clone()).status().ok()?;
    let is_fetched = |it: &vireo_pretrained::models::Status| {
        it.job == Job::TextEmbedding && it.is_present && it.model != built_in
    };
    let fetched = status.into_iter().find(is_fetched).filter(|_| used == built_in);
    Some(match fetched {
        None => Check::good("vectors", format!("by {used}")),
        Some(fetched) => Check::better(
            "vectors",
            format!("by {used}, which knows spelling only; {} is there now", fetched.model),
            "restart a running `vireo serve`, ingest your folders once more, and run `vireo train`",
        ),
    })
}

/// The files that could not be taken. One that was moved or deleted since is
/// no concern any more.
async fn failed_files(store: &SqliteStore) -> Option<Check> {
    let name = "failed files";
    let jobs = match store.jobs(ingest::QUEUE, JobState::Failed, LOOKED_AT).await {
        Ok(jobs) => jobs,
        Err(error) => return Some(Check::bad(name, error.to_string(), "see above")),
    };
    let mut failed: Vec<_> = jobs.into_iter().filter(|job| Path::new(&job.key).exists()).collect();
    failed.sort_by(|a, b| a.key.cmp(&b.key));
    let detail = |job: &vireo_store::Job| {
        format!("{}: {}", job.key, job.error.as_deref().unwrap_or("no reason"))
    };
    let mut details: Vec<String> = failed.iter().take(NAMED).map(detail).collect();
    if failed.len() > NAMED {
        details.push(format!("and {} more", failed.len() - NAMED));
    }
    let found = match failed.len() {
        0 => return None,
        1 => "1 file could not be taken".to_owned(),
        n => format!("{n} files could not be taken"),
    };
    let remedy = "mend or remove them; `vireo ingest` tries each again when it comes by";
    Some(Check { details, ..Check::better(name, found, remedy) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_endpoints() {
        assert_eq!(address("http://127.0.0.1:11434/v1"), Ok("127.0.0.1:11434".to_owned()));
        assert_eq!(address("https://a.example/v1"), Ok("a.example:443".to_owned()));
        assert_eq!(address("http://u:p@[::1]:8/"), Ok("[::1]:8".to_owned()));
        assert!(address("localhost").is_err());
    }
}
