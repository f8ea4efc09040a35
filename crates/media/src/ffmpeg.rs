//! Runs ffmpeg and ffprobe; the one place that starts them.
//!
//! A run never outlives its handle (dropping it kills the program), never
//! hangs for ever (no output for `patience` is [`Error::Stuck`]) and never
//! holds more than a few chunks in memory, however much the program says.

mod log;

use crate::{Error, Result};
use log::Log;
use std::ffi::{OsStr, OsString};
use std::io::{self, PipeReader, Read, Write};
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
/// A grid of small pictures has a quarter of a megabyte.
const MOST_JPEG: usize = 16 << 20;

/// A program at work on one file.
pub(crate) struct Run {
    program: &'static str,
    path: PathBuf,
    patience: Duration,
    child: Child,
    output: Receiver<io::Result<Vec<u8>>>,
    log: Option<JoinHandle<Log>>,
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
    let mut arguments = reading(path, before);
    arguments.extend(after.iter().map(OsString::from));
    arguments.push("pipe:1".into());
    start("ffmpeg", path, &arguments, Stdio::null(), patience)
}

/// As [`ffmpeg`], with a second output that is read apart from the first, on a
/// thread of its own: ffmpeg waits for whoever is slower. It is what goes to
/// the one other stream that every program is started with, which ffmpeg was
/// told not to read.
pub(crate) fn ffmpeg_twofold(
    path: &Path,
    before: &[&str],
    [after, beside]: [&[&str]; 2],
    patience: Duration,
) -> Result<(Run, PipeReader)> {
    let cannot_run = |source| Error::Program { program: "ffmpeg", source };
    let (reader, writer) = io::pipe().map_err(cannot_run)?;
    let mut arguments = reading(path, before);
    for (options, output) in [(after, "pipe:1"), (beside, "pipe:0")] {
        arguments.extend(options.iter().map(OsString::from));
        arguments.push(output.into());
    }
    Ok((start("ffmpeg", path, &arguments, writer.into(), patience)?, reader))
}

/// Makes a JPEG of a picture of red, green, blue. `path` is for errors.
pub(crate) fn jpeg(
    path: &Path,
    (width, height): (usize, usize),
    pixels: Vec<u8>,
) -> Result<Vec<u8>> {
    let size = format!("{width}x{height}");
    let arguments = [
        &["-nostdin", "-hide_banner", "-nostats", "-v", "level+error"][..],
        &["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", &size, "-i", "pipe:0"],
        &["-frames:v", "1", "-pix_fmt", "yuvj420p", "-q:v", "5", "-c:v", "mjpeg"],
        &["-f", "image2pipe", "pipe:1"],
    ]
    .concat();
    let mut run = start("ffmpeg", path, &arguments, Stdio::piped(), PATIENCE)?;
    if let Some(mut input) = run.child.stdin.take() {
        // Apart, so that patience is kept with one that does not read; whether
        // it read all is told by what it makes.
        std::thread::spawn(move || input.write_all(&pixels));
    }
    let (jpeg, ending) = run.collect(MOST_JPEG)?;
    if jpeg.is_empty() || !ending.success {
        let reason = format!("no picture can be made: {}", ending.log.summary());
        return Err(Error::Damaged { path: path.to_owned(), reason });
    }
    Ok(jpeg)
}

/// The arguments that open a file, with `before` in front of it.
fn reading(path: &Path, before: &[&str]) -> Vec<OsString> {
    // `level+info` marks each line with its level; `Log` keeps the errors and what filters tell.
    let mut arguments: Vec<OsString> =
        ["-nostdin", "-hide_banner", "-nostats", "-v", "level+info"].map(OsString::from).into();
    // A playlist dressed up as a video must not make us fetch addresses.
    arguments.extend(["-protocol_whitelist", "file"].map(OsString::from));
    arguments.extend(before.iter().map(OsString::from));
    arguments.push("-i".into());
    arguments.push(file_argument(path));
    arguments
}

/// Up to this second a file is read from its beginning: ffmpeg seeks a little
/// earlier than it is told, and so before it.
const BEGINNING: f64 = 0.2;

/// The option that begins reading a file at a second. For its beginning there
/// is none: seeking there leaves out the first picture of an AVI with pictures
/// that depend on later ones, so that what hangs on it is grey; and a JPEG cannot
/// be sought in at all.
pub(crate) fn seek(at: f64) -> Option<[String; 2]> {
    (at >= BEGINNING && at.is_finite()).then(|| ["-ss".to_owned(), format!("{at:.4}")])
}

/// How a file is read from what is on its screen at a second: the options
/// before it, and the filter, of so many pictures a second, that begins there.
/// Sought exactly, a file begins with the next picture: where one stands for
/// long, as slides do, that is another one.
pub(crate) fn on_screen(at: f64, rate: u32) -> (Vec<String>, String) {
    let (before, begins) = match seek(at) {
        Some(seek) => (["-noaccurate_seek".to_owned()].into_iter().chain(seek).collect(), 0.0),
        None => (Vec::new(), if at.is_finite() { at.max(0.0) } else { 0.0 }),
    };
    (before, format!("fps={rate}:round=up:start_time={begins:.4}"))
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
    let (_, ending) = start("ffmpeg", to, &arguments, Stdio::null(), MAKING)?.collect(0)?;
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
    start("ffprobe", path, &all, Stdio::null(), patience)
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
    stdin: Stdio,
    patience: Duration,
) -> Result<Run> {
    let cannot_run = |source| Error::Program { program, source };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot_run)?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(cannot_run(io::Error::other("its output cannot be read")));
    };
    let (sender, output) = sync_channel(4);
    std::thread::spawn(move || forward(stdout, &sender));
    let log = std::thread::spawn(move || Log::read(stderr));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_program_is_stuck_and_killed() {
        let run = start(
            "sleep",
            Path::new("film.mp4"),
            &["60"],
            Stdio::null(),
            Duration::from_millis(50),
        );
        let error = run.expect("sleep starts").collect(10).err();
        assert!(matches!(error, Some(Error::Stuck { .. })), "{error:?}");
    }

    #[test]
    fn a_missing_program_says_how_to_get_it() {
        let error =
            start("vireo-no-such-program", Path::new("a"), &["b"], Stdio::null(), PATIENCE).err();
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
        let run = start("yes", Path::new("film.mp4"), &["x"], Stdio::null(), PATIENCE)
            .expect("yes starts");
        assert!(matches!(run.collect(1 << 20), Err(Error::Damaged { .. })));
    }
}
