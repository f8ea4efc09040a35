//! Runs ffmpeg and ffprobe; the one place that starts them.
//!
//! A run never outlives its handle (dropping it kills the program), never
//! hangs for ever (no output for `patience` is [`Error::Stuck`]) and never
//! holds more than a few chunks in memory, however much the program says.

use crate::{Error, Result, loudness};
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a program may say nothing while it works through a file.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// How long it may take to make a new file, of which it says nothing.
const MAKING: Duration = Duration::from_mins(30);

const CHUNK_BYTES: usize = 64 * 1024;
const MOST_COMPLAINTS: usize = 40;
/// More `showinfo` lines than any caller asks pictures of.
const MOST_TIMES: usize = 100_000;

/// A program at work on one file.
pub(crate) struct Run {
    program: &'static str,
    path: PathBuf,
    patience: Duration,
    child: Child,
    output: Receiver<io::Result<Vec<u8>>>,
    log: Option<JoinHandle<Log>>,
}

/// What a program wrote to stderr.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Its errors, each said once, without pointers and paths.
    pub(crate) complaints: Vec<String>,
    /// Seconds of the pictures that passed a `showinfo` filter, in order.
    pub(crate) picture_times: Vec<f64>,
    /// Loudness of the sound that passed [`loudness::METER`], in LUFS.
    pub(crate) loudness: Option<f64>,
}

impl Log {
    /// The errors in one line, empty if there were none.
    pub(crate) fn summary(&self) -> String {
        let more = self.complaints.len().saturating_sub(3);
        let more = (more > 0).then(|| format!("and {more} more"));
        let first = self.complaints.iter().take(3).cloned();
        first.chain(more).collect::<Vec<_>>().join("; ")
    }
}

/// How a run ended.
pub(crate) struct Ending {
    /// Exit status 0. A file that breaks off ends like that, too.
    pub(crate) success: bool,
    /// What it complained of.
    pub(crate) log: Log,
}

/// `path` as an argument that is never taken for an option, a URL or a pattern.
pub(crate) fn file_argument(path: &Path) -> OsString {
    let mut argument = OsString::from("file:");
    argument.push(path);
    argument
}

/// Starts ffmpeg with `before` in front of the input (seeking, frame
/// skipping) and `after` behind it; what it writes to `pipe:1` is the output.
pub(crate) fn ffmpeg(
    path: &Path,
    before: &[&str],
    after: &[&str],
    patience: Duration,
) -> Result<Run> {
    // `level+info` marks each line with its level; `Log` keeps the errors and what filters tell.
    let mut arguments: Vec<OsString> =
        ["-nostdin", "-hide_banner", "-nostats", "-v", "level+info"].map(OsString::from).into();
    // A playlist dressed up as a video must not make us fetch addresses.
    arguments.extend(["-protocol_whitelist", "file"].map(OsString::from));
    arguments.extend(before.iter().map(OsString::from));
    arguments.push("-i".into());
    arguments.push(file_argument(path));
    arguments.extend(after.iter().map(OsString::from));
    arguments.push("pipe:1".into());
    start("ffmpeg", path, &arguments, patience)
}

/// The option that begins reading a file at a second. For its beginning there
/// is none: seeking there leaves out the first picture of an AVI with pictures
/// that depend on later ones, so that what hangs on it is grey; and a JPEG cannot
/// be sought in at all.
pub(crate) fn seek(at: f64) -> Option<[String; 2]> {
    (at >= 0.001 && at.is_finite()).then(|| ["-ss".to_owned(), format!("{at:.4}")])
}

/// A file that a new one is made from.
pub(crate) struct Source<'a> {
    pub(crate) path: &'a Path,
    /// Its first second that is wanted.
    pub(crate) from: f64,
}

/// H.264 as a hurried uploader makes it.
pub(crate) const H264: &[&str] =
    &["-an", "-sn", "-dn", "-c:v", "libx264", "-preset", "veryfast", "-crf", "27"];

/// Makes a new video of `sources`. `to` is there whole or not at all.
pub(crate) fn write(sources: &[Source<'_>], after: &[&str], to: &Path) -> Result<()> {
    let mut arguments: Vec<OsString> =
        ["-nostdin", "-hide_banner", "-nostats", "-v", "level+error", "-y"]
            .map(OsString::from)
            .into();
    for source in sources {
        // One decoder thread each: a montage has dozens of sources.
        let before = ["-protocol_whitelist", "file", "-threads", "1"].map(OsString::from);
        arguments.extend(before);
        arguments.extend(seek(source.from).into_iter().flatten().map(OsString::from));
        arguments.push("-i".into());
        arguments.push(file_argument(source.path));
    }
    arguments.extend(after.iter().map(OsString::from));
    let part = to.with_extension(format!("{}.part.mp4", std::process::id()));
    arguments.push(file_argument(&part));
    let (_, ending) = start("ffmpeg", to, &arguments, MAKING)?.collect(0)?;
    let failed = |source| Error::Read { path: to.to_owned(), source };
    if ending.success {
        return std::fs::rename(&part, to).map_err(failed);
    }
    // The first error is the one to tell.
    let _ = std::fs::remove_file(&part);
    let reason = format!("it cannot be made: {}", ending.log.summary());
    Err(Error::Damaged { path: to.to_owned(), reason })
}

/// Starts ffprobe with `arguments`; its report is the output.
pub(crate) fn ffprobe(path: &Path, arguments: &[&str], patience: Duration) -> Result<Run> {
    let mut all: Vec<OsString> =
        ["-v", "level+error", "-protocol_whitelist", "file"].map(OsString::from).into();
    all.extend(arguments.iter().map(OsString::from));
    all.push(file_argument(path));
    start("ffprobe", path, &all, patience)
}

/// The programs of ffmpeg that are started here, each with the version that it
/// tells, or [`Error::Program`].
pub fn programs() -> [(&'static str, Result<String>); 2] {
    ["ffmpeg", "ffprobe"].map(|program| (program, version(program)))
}

fn version(program: &'static str) -> Result<String> {
    let cannot_run = |source| Error::Program { program, source };
    let told = Command::new(program).arg("-version").stdin(Stdio::null()).output();
    let told = told.map_err(cannot_run)?;
    if !told.status.success() {
        return Err(cannot_run(io::Error::other(format!("it ends with {}", told.status))));
    }
    let text = String::from_utf8_lossy(&told.stdout);
    let first = text.lines().next().unwrap_or_default();
    Ok(first.split(" Copyright").next().unwrap_or_default().to_owned())
}

fn start(
    program: &'static str,
    path: &Path,
    arguments: &[impl AsRef<OsStr>],
    patience: Duration,
) -> Result<Run> {
    let cannot_run = |source| Error::Program { program, source };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot_run)?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(cannot_run(io::Error::other("its output cannot be read")));
    };
    let (sender, output) = sync_channel(4);
    std::thread::spawn(move || forward(stdout, &sender));
    let log = std::thread::spawn(move || read_log(stderr));
    Ok(Run { program, path: path.to_owned(), patience, child, output, log: Some(log) })
}

impl Run {
    /// The next piece of the output; `None` at its end.
    pub(crate) fn next_chunk(&mut self) -> Result<Option<Vec<u8>>> {
        match self.output.recv_timeout(self.patience) {
            Ok(Ok(chunk)) => Ok(Some(chunk)),
            Ok(Err(source)) => Err(Error::Program { program: self.program, source }),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(self.stuck()),
        }
    }

    /// Ends the program early: what it has given is enough.
    pub(crate) fn stop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.child.kill();
    }

    /// Waits for the program after the end of its output.
    pub(crate) fn finish(mut self) -> Result<Ending> {
        let success = self.wait()?.success();
        let log = self.log.take().and_then(|log| log.join().ok()).unwrap_or_default();
        if !success {
            tracing::debug!(program = self.program, path = %self.path.display(), "{}", log.summary());
        }
        Ok(Ending { success, log })
    }

    /// The whole output, cut off at `limit` bytes, and how the run ended.
    pub(crate) fn collect(mut self, limit: usize) -> Result<(Vec<u8>, Ending)> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.next_chunk()? {
            let room = limit - bytes.len();
            if chunk.len() > room {
                let reason = format!("{} gives more than {} MiB", self.program, limit >> 20);
                return Err(Error::Damaged { path: self.path.clone(), reason });
            }
            bytes.extend(chunk);
        }
        Ok((bytes, self.finish()?))
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        let since = Instant::now();
        loop {
            let status = self.child.try_wait();
            match status.map_err(|source| Error::Program { program: self.program, source })? {
                Some(status) => return Ok(status),
                None if since.elapsed() > self.patience => return Err(self.stuck()),
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    fn stuck(&self) -> Error {
        Error::Stuck { path: self.path.clone(), seconds: self.patience.as_secs() }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.stop();
        let _ = self.child.wait();
    }
}

fn forward(mut stdout: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        let message = match stdout.read(&mut chunk) {
            Ok(0) => return,
            Ok(count) => {
                chunk.truncate(count);
                Ok(chunk)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        if sender.send(message).is_err() {
            return;
        }
    }
}

/// Reads to the end, so that the program never blocks on a full pipe.
fn read_log(stderr: impl Read) -> Log {
    let mut log = Log::default();
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A hostile tag can be a line of gigabytes: take it in pieces.
        match reader.by_ref().take(8192).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return log,
            Ok(_) => note(&mut log, &String::from_utf8_lossy(&line)),
        }
    }
}

fn note(log: &mut Log, line: &str) {
    if let Some(time) = line.split_once("pts_time:").map(|(_, rest)| rest) {
        let time = time.split_whitespace().next().and_then(|time| time.parse::<f64>().ok());
        if log.picture_times.len() < MOST_TIMES {
            log.picture_times.push(time.filter(|time| time.is_finite()).unwrap_or(0.0).max(0.0));
        }
        return;
    }
    if let Some(loudness) = loudness::told(line) {
        log.loudness = Some(loudness);
        return;
    }
    let message = ["[error] ", "[fatal] ", "[panic] "]
        .iter()
        .find_map(|level| line.split_once(level))
        .map(|(_, message)| message.trim());
    let Some(message) = message.filter(|message| !message.is_empty()) else { return };
    // "file:/videos/a.mp4: Invalid data…": our error names the path already.
    let message = match message.strip_prefix("file:") {
        Some(rest) => rest.rsplit_once(": ").map_or(rest, |(_, reason)| reason),
        None => message,
    };
    let message: String = message.chars().take(200).collect();
    if log.complaints.len() < MOST_COMPLAINTS && !log.complaints.contains(&message) {
        log.complaints.push(message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_errors_and_times_only() {
        let stderr = "\
[mov,mp4 @ 0x55] [error] moov atom not found
[error] file:/a: b/c.mp4: Invalid data found
[mov,mp4 @ 0x77] [error] moov atom not found
[info]   Metadata:
[Parsed_ebur128_2 @ 0x5] [info] Summary:

  Integrated loudness:
    I:         -23.1 LUFS
    Threshold: -33.4 LUFS
[Parsed_showinfo_3 @ 0x5] [info] n:   1 pts:  51200 pts_time:4.5     pos: 1
[warning] deprecated
";
        let log = read_log(stderr.as_bytes());
        assert_eq!(log.complaints, ["moov atom not found", "Invalid data found"]);
        assert_eq!((log.picture_times.as_slice(), log.loudness), (&[4.5][..], Some(-23.1)));
        assert_eq!(log.summary(), "moov atom not found; Invalid data found");
    }

    #[test]
    fn a_silent_program_is_stuck_and_killed() {
        let run = start("sleep", Path::new("film.mp4"), &["60"], Duration::from_millis(50));
        let error = run.expect("sleep starts").collect(10).err();
        assert!(matches!(error, Some(Error::Stuck { .. })), "{error:?}");
    }

    #[test]
    fn a_missing_program_says_how_to_get_it() {
        let error = start("vireo-no-such-program", Path::new("a"), &["b"], PATIENCE).err();
        let message = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains("apt-get install ffmpeg"), "{message}");
        assert!(version("vireo-no-such-program").is_err());
        assert!(version("false").expect_err("no version").to_string().contains("exit status: 1"));
        let [(_, ffmpeg), (_, ffprobe)] = programs();
        assert!(ffmpeg.expect("runs").starts_with("ffmpeg version"));
        assert!(ffprobe.expect("runs").starts_with("ffprobe version"));
    }

    #[test]
    fn endless_output_is_cut_off() {
        let run = start("yes", Path::new("film.mp4"), &["x"], PATIENCE).expect("yes starts");
        assert!(matches!(run.collect(1 << 20), Err(Error::Damaged { .. })));
    }
}
