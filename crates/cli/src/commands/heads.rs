//! `vireo heads`.

mod confusion;
pub(crate) mod labels;

use super::{Context, Ending};
use crate::output::{print, print_json};
use crate::progress;
use crate::table::Table;
use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use labels::LabelledClips;
use std::fmt::Write;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use vireo_domain::AnnotationKind;
use vireo_server::app::{ComparedTask, Comparison, Evaluated, HeadSummary, TemporalRequest, Tried};
use vireo_understand::heads::{Kind, Task};

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
  vireo heads train film --from film.csv --kind temporal     video,label:mood,labels:tags: two questions
  vireo heads train topics --approved category what you approved and rejected on the page
  vireo heads evaluate rooms                   accuracy on labels that it has not seen
  vireo heads apply rooms                      writes the category to every video, and to new ones
  vireo heads pause rooms                      to new ones no longer
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
        /// for each label; columns label:TASK and labels:TASK (several, parted
        /// by |) are tasks that are told apart, ? is not known, and the label none
        /// is learned but said of no video
        #[arg(long, value_name = "FILE|DIR", required_unless_present = "approved")]
        from: Option<PathBuf>,
        /// Learn from the statements of this kind that you approved; videos of which
        /// all was rejected are examples of "none", which is said of no video
        #[arg(long, value_name = "KIND", value_parser = statement, conflicts_with = "from")]
        approved: Option<AnnotationKind>,
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
    /// Write its label to every video, and from now on to new ones
    Apply {
        /// Which head
        name: String,
    },
    /// Say nothing of new videos any more; what it said stays
    Pause {
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
    /// A recurrent network of gated units
    Gru,
    /// A recurrent network with a long short-term memory
    Lstm,
    /// Attention over time
    Transformer,
}

impl KindName {
    /// What is asked for, of clips with one label; none for a text head.
    fn request(self) -> Option<TemporalRequest> {
        let kind = match self {
            Self::Text => return None,
            Self::Temporal => None,
            Self::Mean => Some(Kind::Mean),
            Self::Cnn => Some(Kind::Cnn),
            Self::Gru => Some(Kind::Gru),
            Self::Lstm => Some(Kind::Lstm),
            Self::Transformer => Some(Kind::Transformer),
        };
        Some(TemporalRequest { kind, ..TemporalRequest::default() })
    }
}

/// A kind of statement by its name.
fn statement(name: &str) -> Result<AnnotationKind, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
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
            Action::Train { name, from, approved, kind, several } => {
                let is_folder = from.as_ref().is_some_and(|from| from.is_dir());
                let usual = if is_folder { KindName::Temporal } else { KindName::Text };
                if let Some(request) = kind.unwrap_or(usual).request() {
                    let LabelledClips { tasks, clips } = match (from, approved) {
                        (Some(from), _) => labels::of_clips(Some(&app), &from, several).await?,
                        (None, Some(approved)) => LabelledClips {
                            tasks: vec![Task { is_multi: several, ..Task::default() }],
                            clips: app.approved_clips(approved, several).await?,
                        },
                        (None, None) => bail!("--from or --approved says what to learn from"),
                    };
                    let kind = request.kind;
                    let request = TemporalRequest { tasks, ..request };
                    let made = app.train_temporal_head(&name, clips, request, &step).await;
                    clear();
                    let (made, tried) = made?;
                    if self.json {
                        print_json(&serde_json::json!({ "head": made, "tried": tried }))
                    } else {
                        trained(&made)?;
                        print(&choice(&made, &tried, kind))
                    }
                } else {
                    if several {
                        bail!("a text head gives one label; --several needs --kind temporal");
                    }
                    let examples = match (from, approved) {
                        (Some(from), _) => labels::of_texts(&app, &from).await?,
                        (None, Some(approved)) => app.approved_texts(approved).await?,
                        (None, None) => bail!("--from or --approved says what to learn from"),
                    };
                    let made = app.train_head(&name, examples, &step).await;
                    clear();
                    if self.json { print_json(&[made?]) } else { trained(&made?) }
                }
            }
            Action::Evaluate { name, folds, seed, picture } => {
                if app.has_temporal_head(&name).await? {
                    let found = app.compare_temporal_head(&name, folds, seed, &step).await;
                    clear();
                    let found = found?;
                    for task in &found.tasks {
                        let picture = picture.as_deref().map(|path| of_task(path, &task.task));
                        draw(task.evaluated.as_ref(), picture.as_deref())?;
                    }
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
            Action::Pause { name } => {
                if !app.pause_head(&name).await? {
                    bail!("the head {name} is not active; vireo heads list says which are");
                }
                Ok(())
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
            match (head.is_current, head.is_active) {
                (false, _) => "train again",
                (true, true) => "active",
                (true, false) => "ready",
            }
            .to_owned(),
            labels.join(", "),
        ]);
    }
    print(&table.render())
}

/// What was trained, and what could not be learned.
fn trained(made: &HeadSummary) -> Result<()> {
    list(std::slice::from_ref(made), false)?;
    if !made.left_out.is_empty() {
        let labels = made.left_out.join(", ");
        print(&format!("left out, as one example is too few to learn from: {labels}"))?;
    }
    Ok(())
}

/// Where the picture of one of several tasks is written.
fn of_task(picture: &Path, task: &str) -> PathBuf {
    if task.is_empty() {
        return picture.to_owned();
    }
    let stem = picture.file_stem().unwrap_or_default().to_string_lossy();
    picture.with_file_name(format!("{stem}-{task}.svg"))
}

/// Why this kind, in a sentence.
fn choice(made: &HeadSummary, tried: &[Tried], asked: Option<Kind>) -> String {
    if asked.is_some() {
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
    let of_task = |task: &ComparedTask| {
        let text = compared_task(task, found.kind);
        if task.task.is_empty() { text } else { format!("{}\n{text}", task.task) }
    };
    found.tasks.iter().map(of_task).collect::<Vec<_>>().join("\n")
}

fn compared_task(found: &ComparedTask, own: Kind) -> String {
    let mut table = Table::new(["kind", "right", "macro-F1", "surprise", "calibration", ""]);
    for tried in &found.tried {
        table.row([
            tried.kind.to_string(),
            format!("{:.3}", tried.accuracy),
            format!("{:.3}", tried.macro_f1),
            format!("{:.3}", tried.surprise),
            format!("{:.3}", tried.calibration_error),
            if tried.kind == own { "this head".to_owned() } else { String::new() },
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
