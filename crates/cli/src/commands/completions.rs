//! `vireo completions`.

use super::{Cli, Ending};
use crate::output::print;
use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print what makes a shell complete commands and options with Tab
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo completions bash > ~/.local/share/bash-completion/completions/vireo
  vireo completions zsh > ~/.zfunc/_vireo              with fpath+=~/.zfunc before compinit
  vireo completions fish > ~/.config/fish/completions/vireo.fish")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Ending> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "vireo", &mut script);
        print(&String::from_utf8(script)?)?;
        Ok(Ending::Well)
    }
}
