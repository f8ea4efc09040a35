//! `vireo help-markdown`: the reference of the command line, for `docs/CLI.md`.

use super::{Cli, Ending};
use crate::output::print;
use anyhow::Result;
use clap::{Args, Command, CommandFactory};
use std::fmt::Write;

/// Print this help as Markdown
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Arguments {}

impl Arguments {
    pub(crate) fn run() -> Result<Ending> {
        let mut text = String::from("# The command line\n\nMade by `vireo help-markdown`.\n");
        // The width of a terminal would change the text.
        let mut cli = Cli::command().term_width(100).disable_help_subcommand(true);
        cli.build();
        chapter(&mut text, &mut cli, 2);
        print(&text)?;
        Ok(Ending::Well)
    }
}

fn chapter(text: &mut String, command: &mut Command, depth: usize) {
    let name = command.get_bin_name().unwrap_or("vireo").to_owned();
    let help = command.render_long_help().to_string();
    let _ = write!(text, "\n{} `{name}`\n\n```text\n{}\n```\n", "#".repeat(depth), help.trim_end());
    let visible = command.get_subcommands_mut().filter(|command| !command.is_hide_set());
    for command in visible {
        chapter(text, command, depth + 1);
    }
}
