//! `vireo heads`.

mod confusion;
pub(crate) mod labels;

use super::{Context, Ending};
use crate::output::{print, print_json};
use crate::progress;
use crate::table::Table;
use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use std::fmt::Write;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use vireo_server::app::{Comparison, Evaluated, HeadSummary, TemporalRequest, Tried};
use vireo_understand::heads::Kind;

/// Your own categories: train on your labels, measure, apply to all videos
///
/// A head learns labels from examples and says how sure it is. A text head looks
/// at words and meaning. A head over time looks at what happens in clips, in
/// which order, and says in which seconds of a video.
#[derive(Debug, Args)]
#[command(after_help = "\
  vireo heads train rooms --from labels.csv    columns video,label (an id or a file) or text,label
  vireo heads train moves --from clips/        clips/LABEL/*.mp4: of what happens in them
  vireo heads train signs --from signs.csv --kind temporal   video,label[,source][,start,end]
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
        /// CSV with a header (video,label or text,label), or a folder of clips
        /// for each label
        #[arg(long, value_name = "FILE|DIR")]
        from: PathBuf,
        /// What it looks with [default: text, of a folder temporal]
        #[arg(long, value_enum)]
        kind: Option<KindName>,
        /// A clip may have several labels, parted by |, or none
        #[arg(long)]
        several: bool,
    },
    /// Accuracy and confusions: each label told by a head trained without it,
    /// or, of a head over time, without any clip of its source
    Evaluate {
        /// Which head
        name: String,
        /// Parts that the labels are divided into
        #[arg(long, default_value_t = 5)]
        folds: usize,
        /// Seed of the parts
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Write who is taken for whom as a picture (SVG)
        #[arg(long, value_name = "FILE")]
        picture: Option<PathBuf>,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindName {
    /// Words and meaning of a video or a text
    Text,
    /// Of those below the one that tells held-back clips best
    Temporal,
    /// The mean of all moments of a clip, whatever their order
    Mean,
    /// Convolutions over time
    Cnn,
    /// A recurrent network
    Gru,
    /// Attention over time
    Transformer,
}

impl KindName {
    /// What is asked for; none for a text head.
    fn request(self, is_multi: bool) -> Option<TemporalRequest> {
        let kind = match self {
            Self::Text => return None,
            Self::Temporal => None,
            Self::Mean => Some(Kind::Mean),
            Self::Cnn => Some(Kind::Cnn),
            Self::Gru => Some(Kind::Gru),
            Self::Transformer => Some(Kind::Transformer),
        };
        Some(TemporalRequest { kind, is_multi })
    }
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
            Action::Train { name, from, kind, several } => {
                let usual = if from.is_dir() { KindName::Temporal } else { KindName::Text };
                if let Some(request) = kind.unwrap_or(usual).request(several) {
                    let clips = labels::of_clips(Some(&app), &from, several).await?;
                    let made = app.train_temporal_head(&name, clips, request, &step).await;
                    clear();
                    let (made, tried) = made?;
                    if self.json {
                        print_json(&serde_json::json!({ "head": made, "tried": tried }))
                    } else {
                        list(std::slice::from_ref(&made), false)?;
                        print(&choice(&made, &tried, request))
                    }
                } else {
                    if several {
                        bail!("a text head gives one label; --several needs --kind temporal");
                    }
                    let examples = labels::of_texts(&app, &from).await?;
                    let made = app.train_head(&name, examples, &step).await;
                    clear();
                    list(&[made?], self.json)
                }
            }
            Action::Evaluate { name, folds, seed, picture } => {
                if app.has_temporal_head(&name).await? {
                    let found = app.compare_temporal_head(&name, folds, seed, &step).await;
                    clear();
                    let found = found?;
                    draw(found.evaluated.as_ref(), picture.as_deref())?;
                    if self.json { print_json(&found) } else { print(&compared(&found)) }
                } else {
                    let found = app.evaluate_head(&name, folds, seed, &step).await;
                    clear();
                    let found = found?;
                    draw(Some(&found), picture.as_deref())?;
                    if self.json { print_json(&found) } else { print(&confusions(&found)) }
                }
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
                        some => {
                            format!("{some} videos are not analysed yet, or have no file here\n")
                        }
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

fn list(heads: &[HeadSummary], json: bool) -> Result<()> {
    if json {
        return print_json(&heads);
    }
    if heads.is_empty() {
        return print("no heads yet; train one with: vireo heads train NAME --from labels.csv");
    }
    let mut table = Table::new(["head", "kind", "trained", "state", "labels (examples)"]);
    for head in heads {
        let labels: Vec<String> =
            head.labels.iter().map(|(label, count)| format!("{label} ({count})")).collect();
        table.row([
            head.name.clone(),
            head.kind.clone(),
            head.trained_at.strftime("%Y-%m-%d %H:%M").to_string(),
            if head.is_current { "ready" } else { "train again" }.to_owned(),
            labels.join(", "),
        ]);
    }
    print(&table.render())
}

/// Why this kind, in a sentence.
fn choice(made: &HeadSummary, tried: &[Tried], request: TemporalRequest) -> String {
    if request.kind.is_some() {
        return format!("compare it with the others: vireo heads evaluate {}", made.name);
    }
    if tried.is_empty() {
        return "no clip could be held back to choose a kind by (the clips of each label are of \
                one source), so it is the simplest: the mean"
            .to_owned();
    }
    let share = |it: &Tried| format!("{} {:.0} %", it.kind, 100.0 * it.accuracy);
    let shares: Vec<String> = tried.iter().map(share).collect();
    format!(
        "{} was least surprised by {} clips of sources it had not seen; told right: {}",
        made.kind,
        tried[0].count,
        shares.join(", ")
    )
}

/// Writes the confusions as a picture, if one is asked for.
fn draw(found: Option<&Evaluated>, picture: Option<&Path>) -> Result<()> {
    match (picture, found) {
        (None, _) => Ok(()),
        (Some(_), None) => bail!("where a clip may have several labels, none is taken for another"),
        (Some(path), Some(found)) => std::fs::write(path, confusion::svg(found))
            .with_context(|| format!("cannot write {}", path.display())),
    }
}

/// The kinds beside each other, then the head's own confusions or thresholds.
fn compared(found: &Comparison) -> String {
    let mut table = Table::new(["kind", "right", "macro-F1", "surprise", "calibration", ""]);
    for tried in &found.tried {
        table.row([
            tried.kind.to_string(),
            format!("{:.3}", tried.accuracy),
            format!("{:.3}", tried.macro_f1),
            format!("{:.3}", tried.surprise),
            format!("{:.3}", tried.calibration_error),
            if tried.kind == found.kind { "this head".to_owned() } else { String::new() },
        ]);
    }
    let mut text = table.render();
    if !found.lone.is_empty() {
        let lone = found.lone.join(", ");
        let _ = write!(text, "\nnot measured, as all their clips are of one source: {lone}\n");
    }
    if let Some(evaluated) = &found.evaluated {
        let _ = write!(text, "\n{}", confusions(evaluated));
    }
    if !found.thresholds.is_empty() {
        let mut table = Table::new(["said from", "label"]);
        for (label, threshold) in &found.thresholds {
            table.row([format!("{threshold:.2}"), label.clone()]);
        }
        let _ = write!(text, "\n{}", table.render());
    }
    text
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
