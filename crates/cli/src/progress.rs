//! Progress on stderr: a bar on a terminal, plain lines elsewhere.

use crate::output::{clock, count};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use vireo_server::jobs::ingest::{Event, Outcome};

/// A bar with a message; silent when stderr is no terminal.
pub(crate) fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    bar.set_style(style("{wide_msg} {bar:24} {percent:>3}% {eta:>4}"));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}

/// The progress of an ingest.
pub(crate) struct Ingest {
    bar: Option<ProgressBar>,
    /// Every file that changes nothing is passed over in silence.
    quiet: bool,
    state: Mutex<State>,
}

struct State {
    started: Instant,
    files: usize,
    bytes: u64,
    done_files: usize,
    done_bytes: u64,
    /// What is being worked on: size, and share done.
    open: HashMap<PathBuf, (u64, f64)>,
    /// Bytes that were really worked on; what was unchanged says nothing of the speed.
    worked_bytes: f64,
}

impl Ingest {
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = bar();
            bar.set_style(style("{wide_msg} {bar:24} {percent:>3}%"));
            bar
        });
        let state = State {
            started: Instant::now(),
            files: 0,
            bytes: 0,
            done_files: 0,
            done_bytes: 0,
            open: HashMap::new(),
            worked_bytes: 0.0,
        };
        Self { bar, quiet, state: Mutex::new(state) }
    }

    /// Takes an event of the run.
    pub(crate) fn event(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Found { total, bytes } => {
                (state.files, state.bytes) = (total, bytes);
                if self.bar.is_none() && !self.quiet {
                    eprintln!("found {}", count(total, "video file"));
                }
            }
            Event::Planned { path, reason } => {
                if let Some(reason) = reason {
                    self.line(&format!("would take {} ({reason})", path.display()));
                }
            }
            Event::Stage { path, stage, done } => {
                let size = size_of(&path);
                let name = file_name(&path);
                state.open.insert(path, (size, done.clamp(0.0, 1.0)));
                self.show(&state, &format!("{name}: {stage}"));
            }
            Event::Done { path, video, outcome } => {
                state.end(&path, outcome != Outcome::Unchanged);
                let word = match outcome {
                    Outcome::Added => "added",
                    Outcome::Updated => "updated",
                    Outcome::Unchanged => "unchanged",
                    Outcome::Duplicate => "duplicate",
                    Outcome::Removed => "removed before:",
                };
                if outcome != Outcome::Unchanged && !self.quiet {
                    let left = state.left();
                    let (n, total) = (state.done_files, state.files);
                    self.line(&format!("[{n}/{total}] {word} {video} {}{left}", path.display()));
                }
                self.show(&state, &file_name(&path));
            }
            Event::Failed { path, reason } => {
                state.end(&path, true);
                self.line(&format!("failed {}: {reason}", path.display()));
                self.show(&state, &file_name(&path));
            }
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    fn show(&self, state: &State, what: &str) {
        let Some(bar) = &self.bar else { return };
        bar.set_length(state.bytes.max(1));
        bar.set_position(state.position() as u64);
        let (n, total, left) = (state.done_files, state.files, state.left());
        bar.set_message(format!("{n}/{total}{left}  {what}"));
    }
}

impl State {
    fn end(&mut self, path: &Path, worked: bool) {
        let size = self.open.remove(path).map_or_else(|| size_of(path), |(size, _)| size);
        self.done_files += 1;
        self.done_bytes += size;
        if worked {
            self.worked_bytes += size as f64;
        }
    }

    fn under_way(&self) -> f64 {
        self.open.values().map(|(size, done)| *size as f64 * done).sum()
    }

    fn position(&self) -> f64 {
        self.done_bytes as f64 + self.under_way()
    }

    /// `, about 3:20 left`, by the bytes so far; nothing before there is something to go by.
    fn left(&self) -> String {
        let worked = self.worked_bytes + self.under_way();
        let rest = self.bytes as f64 - self.position();
        let elapsed = self.started.elapsed().as_secs_f64();
        if worked <= 0.0 || rest <= 0.0 || elapsed < 2.0 {
            return String::new();
        }
        format!(", about {} left", clock(elapsed * rest / worked))
    }
}

fn size_of(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
