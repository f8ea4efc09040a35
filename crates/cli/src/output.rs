//! What goes to stdout.

use anyhow::Result;
use serde::Serialize;
use std::io::{self, Write};

/// Writes text, and a line end.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    Ok(stdout.flush()?)
}

/// Writes a value as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

/// Whether the reader of stdout went away (`vireo … | head`), which is no error.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// An error with its causes in one line; a cause that only repeats what the
/// one above it said is left away.
pub(crate) fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let words = cause.to_string().replace('\n', " ");
        if line.is_empty() {
            line = words;
        } else if !line.contains(&words) {
            line.push_str(": ");
            line.push_str(&words);
        }
    }
    line
}

/// How long something took: `7.2 s`, `3:05`.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 60.0 { format!("{seconds:.1} s") } else { clock(seconds) }
}

/// A point in time of a video, or a time to wait: `3:05`, `1:02:03`.
pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}")
    } else {
        format!("{minutes}:{rest:02}")
    }
}

/// Bytes as people read them.
pub(crate) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KB", "MB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} GB")
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn errors_are_one_line_without_echo() {
        let inner = anyhow::anyhow!("no\nsuch file");
        let error = Err::<(), _>(inner).context("cannot read x: no such file").expect_err("error");
        assert_eq!(one_line(&error), "cannot read x: no such file");
        assert_eq!(one_line(&anyhow::anyhow!("b").context("a")), "a: b");
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!(clock(6.9), "0:06");
        assert_eq!((duration(7.24).as_str(), duration(185.0).as_str()), ("7.2 s", "3:05"));
        assert_eq!(clock(3723.0), "1:02:03");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_500_000), "1.5 MB");
        assert_eq!(count(1, "file"), "1 file");
    }
}
