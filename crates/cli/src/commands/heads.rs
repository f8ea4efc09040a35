//! `vireo heads`.

use super::{Context, Ending};
use crate::named;
use crate::output::{print, print_json};
use crate::progress;
use crate::table::Table;
use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use vireo_server::App;
use vireo_server::app::{Evaluated, HeadSummary, Labelled, Subject};

/// Your own categories: train on your labels, measure, apply to all videos
///
/// A head learns labels from examples: videos of the catalogue, or texts. It
/// looks at words and meaning, takes seconds to train, and says how sure it is.
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo heads train rooms --from labels.csv    columns video,label (an id or a file) or text,label
  vireo heads evaluate rooms                   accuracy on labels that it has not seen
  vireo heads apply rooms                      writes the category to every video
  vireo show VIDEO                             what it said, how sure, because of which words")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// As JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Learn from labels; a head of that name is replaced
    Train {
        /// Letters, digits, - and _
        name: String,
        /// CSV with a header: video,label or text,label
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
    /// Accuracy and confusions: each label told by a head trained without it
    Evaluate {
        /// Which head
        name: String,
        /// Parts that the labels are divided into
        #[arg(long, default_value_t = 5)]
        folds: usize,
        /// Seed of the parts
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Write its label to every video
    Apply {
        /// Which head
        name: String,
    },
    /// The heads and the labels that they know
    List,
    /// Forget a head
    Remove {
        /// Which head
        name: String,
    },
}

impl Arguments {
    pub(crate) async fn run(self, context: &Context) -> Result<Ending> {
        let app = context.open().await?;
        let bar = std::io::stderr().is_terminal().then(progress::bar);
        let step = |stage: &str, done: usize, total: usize| {
            if let Some(bar) = &bar {
                bar.set_length(total.max(1) as u64);
                bar.set_position(done as u64);
                bar.set_message(stage.to_owned());
            }
        };
        let clear = || bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
        match self.action {
            Action::Train { name, from } => {
                let labels = read(&app, &from).await?;
                let made = app.train_head(&name, labels, &step).await;
                clear();
                list(&[made?], self.json)
            }
            Action::Evaluate { name, folds, seed } => {
                let found = app.evaluate_head(&name, folds, seed, &step).await;
                clear();
                let found = found?;
                if self.json { print_json(&found) } else { print(&confusions(&found)) }
            }
            Action::Apply { name } => {
                let applied = app.apply_head(&name, &step).await;
                clear();
                let applied = applied?;
                if self.json {
                    print_json(&applied)
                } else {
                    let mut table = Table::new(["videos", "label"]);
                    for (label, count) in applied.labels {
                        table.row([count.to_string(), label]);
                    }
                    let rest = match applied.passed_over {
                        0 => String::new(),
                        some => format!("{some} videos are not analysed yet; run: vireo train\n"),
                    };
                    print(&format!("{}{rest}", table.render()))
                }
            }
            Action::List => list(&app.heads().await?, self.json),
            Action::Remove { name } => {
                if !app.remove_head(&name).await? {
                    bail!("there is no head {name}");
                }
                Ok(())
            }
        }?;
        Ok(Ending::Well)
    }
}

/// Labels from a CSV file with a header.
async fn read(app: &App, path: &Path) -> Result<Vec<Labelled>> {
    let cannot = || format!("cannot read {}", path.display());
    let mut records = csv::Reader::from_path(path).with_context(cannot)?;
    let header = records.headers().with_context(cannot)?.clone();
    let column = |name: &str| {
        let plain = |cell: &str| cell.trim_start_matches('\u{feff}').trim().to_lowercase();
        header.iter().position(|cell| plain(cell) == name)
    };
    let of = column("video").map(|place| (place, true)).or(column("text").map(|p| (p, false)));
    let (Some((of, is_video)), Some(label)) = (of, column("label")) else {
        bail!("{}: the header must name label, and video or text", path.display());
    };
    let mut labels = Vec::new();
    for record in records.records() {
        let record = record.with_context(cannot)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |place: usize| record.get(place).unwrap_or_default().trim();
        if cell(of).is_empty() || cell(label).is_empty() {
            bail!("{}:{line}: a label or what it is of is missing", path.display());
        }
        let of = if is_video {
            let video = named::video(app, cell(of)).await;
            Subject::Video(video.with_context(|| format!("{}:{line}", path.display()))?)
        } else {
            Subject::Text(cell(of).to_owned())
        };
        labels.push(Labelled { of, label: cell(label).to_owned() });
    }
    Ok(labels)
}

fn list(heads: &[HeadSummary], json: bool) -> Result<()> {
    if json {
        return print_json(&heads);
    }
    if heads.is_empty() {
        return print("no heads yet; train one with: vireo heads train NAME --from labels.csv");
    }
    let mut table = Table::new(["head", "trained", "state", "labels (examples)"]);
    for head in heads {
        let labels: Vec<String> =
            head.labels.iter().map(|(label, count)| format!("{label} ({count})")).collect();
        table.row([
            head.name.clone(),
            head.trained_at.strftime("%Y-%m-%d %H:%M").to_string(),
            if head.is_current { "ready" } else { "train again" }.to_owned(),
            labels.join(", "),
        ]);
    }
    print(&table.render())
}

/// Accuracy beside its floor, and who is taken for whom: a row for each true label.
fn confusions(found: &Evaluated) -> String {
    let mut text = format!(
        "accuracy {:.3} on {} labels that were held back; always the commonest label: {:.3}\n\n",
        found.accuracy, found.count, found.majority
    );
    let mut table = Table::new(["right", "of", "label", "taken for"]);
    for (place, label) in found.labels.iter().enumerate() {
        let told = &found.confusion[place];
        let mut others: Vec<(usize, &String)> = told
            .iter()
            .copied()
            .zip(&found.labels)
            .filter(|(n, l)| *n > 0 && *l != label)
            .collect();
        others.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let others: Vec<String> =
            others.iter().map(|(n, label)| format!("{label} ({n})")).collect();
        let all: usize = told.iter().sum();
        table.row([told[place].to_string(), all.to_string(), label.clone(), others.join(", ")]);
    }
    text.push_str(&table.render());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confusions_are_read_by_row() {
        let found = Evaluated {
            labels: ["烘焙", "chess"].map(str::to_owned).into(),
            confusion: vec![vec![2, 1], vec![0, 3]],
            accuracy: 5.0 / 6.0,
            majority: 0.5,
            count: 6,
        };
        let text = confusions(&found);
        assert!(text.starts_with("accuracy 0.833 on 6 labels"), "{text}");
        assert!(text.contains("2      3   烘焙   chess (1)"), "{text}");
        assert!(text.contains("3      3   chess\n"), "{text}");
    }
}
