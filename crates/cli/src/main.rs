//! `vireo`: the one program of Vireo.
//!
//! Each command is a file of `commands/` and a thin layer over
//! [`vireo_server::App`]. What is asked for goes to stdout, everything else
//! to stderr.

mod commands;
mod locale;
mod named;
mod output;
mod progress;
mod table;

use clap::Parser;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = commands::Cli::parse();
    let filter = EnvFilter::try_from_env(vireo_server::environment::LOG)
        .unwrap_or_else(|_| EnvFilter::new(cli.command.log_level()));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("vireo: cannot start: {error}");
            return ExitCode::from(2);
        }
    };
    let outcome = runtime.block_on(cli.run());
    // Don't wait for a decoder that nobody wants any more.
    runtime.shutdown_background();
    match outcome {
        Ok(ending) => ending.into(),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vireo: {}", output::one_line(&error));
            ExitCode::from(2)
        }
    }
}
