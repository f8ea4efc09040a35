//! Developer commands: `cargo xtask demo | test | ci | tidy | bench`.

mod bench;
mod ci;
mod demo;
mod system;
mod tidy;

use anyhow::{Result, bail};
use std::path::PathBuf;

const HELP: &str = "\
Developer commands of Vireo

Usage: cargo xtask <COMMAND>

Commands:
  demo   Install what is missing, build, fetch the models, make the demo
         catalogue, understand it, train, and serve it on 127.0.0.1:8080
           --no-serve     stop before serving
           --videos-only  only make the videos
           --port N       serve on another port
           --tiny         small models and rules only: ready in half the time
  test   Run the whole suite
  ci     Format, lints, documentation, licences, tidy, then the whole suite
  tidy   Check the architecture (arrows, file sizes, listed files)
           --write      bring generated documents up to date
  bench  Measure what Vireo promises and print the table of docs/RESULTS.md
";

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["demo", options @ ..] => demo::run(options),
        ["test", filter @ ..] => ci::test(filter),
        ["ci"] => ci::run(),
        ["tidy", options @ ..] => tidy::run(options.contains(&"--write")),
        ["bench", options @ ..] => bench::run(options),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        [other, ..] => bail!("there is no command {other:?}; see cargo xtask --help"),
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    // Cargo tells where it runs from: a kept build may be of another checkout.
    let here = std::env::var("CARGO_MANIFEST_DIR");
    let here = here.unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    PathBuf::from(here).parent().expect("xtask lies in the root").to_owned()
}
