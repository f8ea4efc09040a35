//! The machine: programs that must be there, and running them.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Something the machine must have.
struct Need {
    /// Debian package.
    package: &'static str,
    /// A program or file that shows that it is there.
    shown_by: &'static str,
}

const BUILD: &[Need] = &[
    Need { package: "cmake", shown_by: "cmake" },
    Need { package: "g++", shown_by: "g++" },
    Need { package: "clang", shown_by: "clang" },
    Need { package: "libclang-dev", shown_by: "/usr/lib/llvm-*/lib/libclang.so" },
    Need { package: "pkg-config", shown_by: "pkg-config" },
    Need { package: "ffmpeg", shown_by: "ffmpeg" },
    Need { package: "python3-pip", shown_by: "pip3" },
];

const DEMO: &[Need] = &[
    Need { package: "espeak-ng", shown_by: "espeak-ng" },
    Need {
        package: "fonts-noto-cjk",
        shown_by: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    },
];

const TESTS: &[Need] = &[
    Need { package: "chromium", shown_by: "chromium" },
    Need { package: "chromium-driver", shown_by: "chromedriver" },
];

/// What a command needs of the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building, and making the demo.
    Demo,
    /// The same, and a browser.
    Test,
}

/// Installs what is missing when it may (root, or sudo without a password);
/// else fails with the one line to run.
pub(crate) fn ensure(purpose: Purpose) -> Result<()> {
    let mut needs: Vec<&Need> = BUILD.iter().chain(DEMO).collect();
    if purpose == Purpose::Test {
        needs.extend(TESTS);
    }
    let missing: Vec<&str> =
        needs.iter().filter(|need| !is_there(need.shown_by)).map(|need| need.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install -y {}", missing.join(" "));
    let prefix: &[&str] = if succeeds("sh", &["-c", "test $(id -u) = 0"]) {
        &[]
    } else if succeeds("sudo", &["-n", "true"]) {
        &["sudo", "-n"]
    } else {
        bail!("some packages are missing; run this, then try again:\n\n    sudo {line}\n");
    };
    step(&format!("Installing {}", missing.join(", ")));
    for command in ["apt-get update -qq", &line] {
        let words: Vec<&str> = prefix.iter().copied().chain(command.split(' ')).collect();
        let mut install = Command::new(words[0]);
        install.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        run(&mut install).with_context(|| {
            format!("cannot install packages; run this, then try again:\n\n    sudo {line}\n")
        })?;
    }
    Ok(())
}

fn is_there(shown_by: &str) -> bool {
    let script = if shown_by.starts_with('/') {
        format!("ls {shown_by}")
    } else {
        format!("command -v {shown_by}")
    };
    succeeds("sh", &["-c", &script])
}

/// Whether a command ends well, silently.
pub(crate) fn succeeds(program: &str, args: &[&str]) -> bool {
    Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command to its end; an error if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot start {name}"))?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

/// `cargo` with these arguments, in the root, in the one profile of all commands.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command.args(args).current_dir(crate::root());
    command
}

/// Says what is being done.
pub(crate) fn step(what: &str) {
    eprintln!("\x1b[1;36m==>\x1b[0m \x1b[1m{what}\x1b[0m");
}

/// `$XDG_CACHE_HOME/vireo` or `~/.cache/vireo`: everything that can be made again.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(base) if Path::new(&base).is_absolute() => PathBuf::from(base),
        _ => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(base.join("vireo"))
}

/// The `vireo` program in the target folder of this build.
pub(crate) fn vireo_program() -> Result<PathBuf> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps"]).output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let target = metadata["target_directory"].as_str().context("cargo names no target folder")?;
    Ok(Path::new(target).join("release").join("vireo"))
}
