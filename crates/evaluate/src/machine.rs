//! The machine that a figure was measured on.

use serde::Serialize;
use std::fs;

/// The machine that a figure was measured on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// Name of the processor.
    pub cpu: String,
    /// Threads that may run at once.
    pub threads: usize,
    /// Memory, in MB.
    pub memory_mb: u64,
}

impl Machine {
    /// This one.
    pub fn here() -> Self {
        let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
        let memory_mb = field("/proc/meminfo", "MemTotal").and_then(kilobytes).unwrap_or(0) / 1024;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { cpu, threads, memory_mb }
    }
}

/// Most memory that this process has held so far, in MB; 0 where the system doesn't say.
pub fn peak_memory_mb() -> u64 {
    field("/proc/self/status", "VmHWM").and_then(kilobytes).unwrap_or(0) / 1024
}

/// Processor time that this process has taken so far, all threads together,
/// in seconds; 0 where the system doesn't say.
pub fn cpu_seconds() -> f64 {
    /// Linux counts in hundredths for whoever reads `/proc`.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name, in brackets, may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// Makes [`peak_memory_mb`] begin anew, where the system allows it.
pub(crate) fn forget_peak_memory() {
    // 5 resets the high-water mark: proc_pid_clear_refs(5).
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[allow(clippy::needless_pass_by_value)]
fn kilobytes(text: String) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}
