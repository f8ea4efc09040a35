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

/// Steps of the bar.
const STEPS: u64 = 1000;

/// How far it is. A file counts by its bytes, for a long video takes longer,
/// and as much again as the mean file, for each has its price.
struct State {
    started: Instant,
    /// Of earlier rounds (with `--watch`, each time something came).
    before: (usize, u64),
    files: usize,
    bytes: u64,
    done_files: usize,
    done_bytes: u64,
    /// What is being worked on: size, and share done.
    open: HashMap<PathBuf, (u64, f64)>,
    /// What was really worked on, in bytes and files; what was unchanged says
    /// nothing of the speed.
    worked_bytes: f64,
    worked_files: f64,
    /// The largest share that was shown: a bar does not go back.
    furthest: f64,
}

impl Ingest {
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = bar();
            bar.set_style(style("{wide_msg} {bar:24} {percent:>3}%"));
            bar
        });
        Self { bar, quiet, state: Mutex::new(State::new((0, 0))) }
    }

    /// Takes an event of the run.
    pub(crate) fn event(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Found { total, bytes } => {
                state.found(total, bytes);
                if self.bar.is_none() && !self.quiet {
                    eprintln!("found {}", count(state.files, "video file"));
                }
            }
            // The command lists what a dry run would do.
            Event::Planned { .. } => {}
            Event::Stage { path, stage, done } => {
                let name = file_name(&path);
                state.stage(path, done);
                self.show(&mut state, &format!("{name}: {stage}"));
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
                self.show(&mut state, &file_name(&path));
            }
            Event::Failed { path, reason } => {
                state.end(&path, true);
                self.line(&format!("failed {}: {reason}", path.display()));
                self.show(&mut state, &file_name(&path));
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

    fn show(&self, state: &mut State, what: &str) {
        let Some(bar) = &self.bar else { return };
        bar.set_length(STEPS);
        bar.set_position((state.share() * STEPS as f64) as u64);
        let (n, total, left) = (state.done_files, state.files, state.left());
        bar.set_message(format!("{n}/{total}{left}  {what}"));
    }
}

impl State {
    fn new(before: (usize, u64)) -> Self {
        Self {
            started: Instant::now(),
            before,
            files: 0,
            bytes: 0,
            done_files: 0,
            done_bytes: 0,
            open: HashMap::new(),
            worked_bytes: 0.0,
            worked_files: 0.0,
            furthest: 0.0,
        }
    }

    /// So many files and bytes were found, those of earlier rounds among them.
    fn found(&mut self, files: usize, bytes: u64) {
        if self.files > 0 && self.done_files == self.files {
            *self = Self::new((self.before.0 + self.files, self.before.1 + self.bytes));
        }
        self.files = files.saturating_sub(self.before.0);
        self.bytes = bytes.saturating_sub(self.before.1);
    }

    fn stage(&mut self, path: PathBuf, done: f64) {
        let (_, share) = self.open.entry(path).or_insert_with_key(|path| (size_of(path), 0.0));
        *share = share.max(done).min(1.0);
    }

    fn end(&mut self, path: &Path, worked: bool) {
        let size = self.open.remove(path).map_or_else(|| size_of(path), |(size, _)| size);
        self.done_files += 1;
        self.done_bytes += size;
        // What a killed run left behind is done too, without having been found.
        self.files = self.files.max(self.done_files);
        self.bytes = self.bytes.max(self.done_bytes);
        if worked {
            self.worked_bytes += size as f64;
            self.worked_files += 1.0;
        }
    }

    /// What so many bytes in so many files weigh.
    fn weight(&self, bytes: f64, files: f64) -> f64 {
        bytes + files * (self.bytes as f64 / self.files.max(1) as f64).max(1.0)
    }

    fn all(&self) -> f64 {
        self.weight(self.bytes as f64, self.files as f64)
    }

    fn under_way(&self) -> f64 {
        self.open.values().map(|(size, done)| self.weight(*size as f64, 1.0) * done).sum()
    }

    fn position(&self) -> f64 {
        self.weight(self.done_bytes as f64, self.done_files as f64) + self.under_way()
    }

    /// Share that is done, 0 to 1; never less than before.
    fn share(&mut self) -> f64 {
        let share = self.position() / self.all().max(1.0);
        self.furthest = share.clamp(self.furthest, 1.0);
        self.furthest
    }

    /// `, about 3:20 left`, by the work so far; nothing before there is something to go by.
    fn left(&self) -> String {
        let worked = self.weight(self.worked_bytes, self.worked_files) + self.under_way();
        let rest = self.all() - self.position();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_never_goes_back_and_ends_full() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = |name: &str, bytes: usize| {
            let path = dir.path().join(name);
            std::fs::write(&path, vec![0; bytes]).expect("written");
            path
        };
        let (a, b, left) = (file("a", 300), file("b", 100), file("left", 900));
        let mut state = State::new((0, 0));
        state.found(2, 400);
        let mut shown = vec![0.0];
        let mut look = |state: &mut State| {
            shown.push(state.share());
            assert!(shown.is_sorted() && shown.last() <= Some(&1.0), "{shown:?}");
        };
        state.stage(a.clone(), 0.5);
        look(&mut state);
        // Half of 300 bytes and of a file, of 400 bytes and two files of 200.
        assert!((state.furthest - 0.3125).abs() < 1e-9);
        // An analyser that begins anew, a file of an earlier run, one that grew.
        state.stage(a.clone(), 0.1);
        look(&mut state);
        state.end(&left, true);
        look(&mut state);
        std::fs::write(&b, vec![0; 5000]).expect("written");
        for path in [&a, &b] {
            state.end(path, true);
            look(&mut state);
        }
        assert_eq!((state.furthest, state.done_files, state.files), (1.0, 3, 3));
        assert_eq!(state.left(), "");
    }

    #[test]
    fn with_watch_each_round_begins_anew() {
        let mut state = State::new((0, 0));
        state.found(1, 10);
        state.end(Path::new("/nowhere"), true);
        state.found(3, 30);
        assert_eq!((state.files, state.bytes, state.done_files), (2, 20, 0));
        assert_eq!(state.share(), 0.0);
    }
}
