//! Labels that the owner gives: a CSV file, or a folder of clips for each label.

use crate::named;
use anyhow::{Context as _, Result, bail};
use csv::StringRecord;
use std::path::{Path, PathBuf};
use vireo_domain::Span;
use vireo_media::VIDEO_EXTENSIONS;
use vireo_server::App;
use vireo_server::app::{Labelled, LabelledClip, Subject};
use vireo_understand::heads::{Task, source_of};

/// Between the labels of one clip, and what stands for those that are not known.
const SEVERAL: char = '|';
const UNKNOWN: &str = "?";

/// Clips, and what is asked of them.
#[derive(Debug)]
pub(crate) struct LabelledClips {
    pub(crate) tasks: Vec<Task>,
    pub(crate) clips: Vec<LabelledClip>,
}

/// A CSV file with a header.
struct Sheet {
    path: PathBuf,
    header: StringRecord,
    records: Vec<StringRecord>,
}

impl Sheet {
    fn read(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot read {}", path.display());
        let mut reader = csv::Reader::from_path(path).with_context(cannot)?;
        let header = reader.headers().with_context(cannot)?.clone();
        let records = reader.records().collect::<Result<_, _>>().with_context(cannot)?;
        Ok(Self { path: path.to_owned(), header, records })
    }

    fn column(&self, name: &str) -> Option<usize> {
        let plain = |cell: &str| cell.trim_start_matches('\u{feff}').trim().to_lowercase();
        self.header.iter().position(|cell| plain(cell) == name)
    }

    /// What is asked, each with its column: `label`, or a `label:TASK` or
    /// `labels:TASK` (of which a clip may have several) for each task.
    fn tasks(&self, is_multi: bool) -> Vec<(Task, usize)> {
        let task = |(place, cell): (usize, &str)| {
            let cell = cell.trim_start_matches('\u{feff}').trim();
            let (sort, name) = cell.split_once(':').unwrap_or((cell, ""));
            let is_multi = match sort.trim().to_lowercase().as_str() {
                "label" => is_multi,
                "labels" => true,
                _ => return None,
            };
            Some((Task { name: name.trim().to_owned(), is_multi }, place))
        };
        let mut tasks: Vec<(Task, usize)> =
            self.header.iter().enumerate().filter_map(task).collect();
        if tasks.len() > 1 {
            for (task, _) in tasks.iter_mut().filter(|(task, _)| task.name.is_empty()) {
                "label".clone_into(&mut task.name);
            }
        }
        tasks
    }

    /// Where a record is, for errors.
    fn at(&self, record: &StringRecord) -> String {
        let line = record.position().map_or(0, csv::Position::line);
        format!("{}:{line}", self.path.display())
    }
}

fn cell(record: &StringRecord, place: usize) -> &str {
    record.get(place).unwrap_or_default().trim()
}

/// Labels of videos of the catalogue, or of texts, for a text head.
pub(super) async fn of_texts(app: &App, path: &Path) -> Result<Vec<Labelled>> {
    let sheet = Sheet::read(path)?;
    let of = sheet.column("video").map(|place| (place, true));
    let of = of.or(sheet.column("text").map(|place| (place, false)));
    let (Some((of, is_video)), Some(label)) = (of, sheet.column("label")) else {
        bail!("{}: the header must name label, and video or text", path.display());
    };
    if sheet.tasks(false).len() > 1 {
        bail!(
            "{}: a text head answers one question; heads with several label columns look at \
             clips: --kind temporal",
            path.display()
        );
    }
    let mut labels = Vec::new();
    for record in &sheet.records {
        let at = sheet.at(record);
        if cell(record, of).is_empty() || cell(record, label).is_empty() {
            bail!("{at}: a label or what it is of is missing");
        }
        let of = if is_video {
            Subject::Video(named::video(app, cell(record, of)).await.context(at)?)
        } else {
            Subject::Text(cell(record, of).to_owned())
        };
        labels.push(Labelled { of, label: cell(record, label).to_owned() });
    }
    Ok(labels)
}

/// Labels of clips, for a head over time. A video that is no file beside the
/// CSV is looked up in the catalogue, if there is one.
pub(crate) async fn of_clips(
    app: Option<&App>,
    path: &Path,
    is_multi: bool,
) -> Result<LabelledClips> {
    if path.is_dir() {
        let tasks = vec![Task { is_multi, ..Task::default() }];
        return Ok(LabelledClips { tasks, clips: of_folder(path)? });
    }
    let sheet = Sheet::read(path)?;
    let tasks = sheet.tasks(is_multi);
    let Some(video) = sheet.column("video").filter(|_| !tasks.is_empty()) else {
        bail!("{}: the header must name video and label", path.display());
    };
    let source = sheet.column("source");
    let times = sheet.column("start").zip(sheet.column("end"));
    let beside = path.parent().unwrap_or(Path::new("."));
    let mut clips = Vec::new();
    for record in &sheet.records {
        let at = sheet.at(record);
        let name = cell(record, video);
        let labels: Vec<Option<Vec<String>>> =
            tasks.iter().map(|(task, place)| labels_of(task, cell(record, *place))).collect();
        let is_told = labels.iter().any(Option::is_some);
        if name.is_empty() || !is_told {
            bail!("{at}: a label or the video is missing");
        }
        let file = [beside.join(name), PathBuf::from(name)].into_iter().find(|it| it.is_file());
        let file = match (file, app) {
            (Some(file), _) => file,
            (None, Some(app)) => in_catalogue(app, name).await.context(at.clone())?,
            (None, None) => bail!("{at}: there is no file {name}"),
        };
        let mut span = None;
        if let Some((start, end)) = times
            && !(cell(record, start).is_empty() && cell(record, end).is_empty())
        {
            let second = |place: usize| cell(record, place).parse::<f64>();
            match (second(start), second(end)) {
                (Ok(start), Ok(end)) if 0.0 <= start && start < end => {
                    span = Some(Span::new(start, end));
                }
                _ => bail!("{at}: start and end are seconds, the end after the start"),
            }
        }
        let source = source.map(|place| cell(record, place).to_owned());
        let source = source.filter(|it| !it.is_empty()).unwrap_or_else(|| source_by_name(&file));
        clips.push(LabelledClip { path: file, span, labels, source });
    }
    Ok(LabelledClips { tasks: tasks.into_iter().map(|(task, _)| task).collect(), clips })
}

/// The labels in a cell; `None` if they are not known. An empty cell says that
/// none holds where a clip may have several, and nothing where it has one.
fn labels_of(task: &Task, cell: &str) -> Option<Vec<String>> {
    if cell == UNKNOWN || (cell.is_empty() && !task.is_multi) {
        return None;
    }
    if !task.is_multi {
        return Some(vec![cell.to_owned()]);
    }
    let labels = cell.split(SEVERAL).map(str::trim).filter(|label| !label.is_empty());
    Some(labels.map(str::to_owned).collect())
}

/// The file of a video of the catalogue.
async fn in_catalogue(app: &App, name: &str) -> Result<PathBuf> {
    let id = named::video(app, name).await?;
    let media = app.store.video(&id).await?.and_then(|video| video.media);
    match media.map(|media| PathBuf::from(media.path)).filter(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => bail!("the video {id} has no file here"),
    }
}

/// Every video of a folder's folders has the label that its folder is called.
fn of_folder(folder: &Path) -> Result<Vec<LabelledClip>> {
    let entries = |folder: &Path| -> Result<Vec<PathBuf>> {
        let cannot = || format!("cannot read {}", folder.display());
        let entries = std::fs::read_dir(folder).with_context(cannot)?;
        let paths: std::io::Result<Vec<PathBuf>> = entries.map(|it| Ok(it?.path())).collect();
        let mut paths = paths.with_context(cannot)?;
        paths.sort();
        Ok(paths)
    };
    let is_video = |path: &Path| {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        path.is_file() && VIDEO_EXTENSIONS.contains(&extension.as_str())
    };
    let mut clips = Vec::new();
    for label in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let name = label.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for path in entries(&label)?.into_iter().filter(|path| is_video(path)) {
            let source = source_by_name(&path);
            clips.push(LabelledClip {
                path,
                span: None,
                labels: vec![Some(vec![name.clone()])],
                source,
            });
        }
    }
    if clips.is_empty() {
        bail!("{}: there are no videos in folders named by their label", folder.display());
    }
    Ok(clips)
}

fn source_by_name(path: &Path) -> String {
    source_of(&path.file_stem().unwrap_or_default().to_string_lossy()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn clips_come_from_folders_and_from_rows() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["dive/v_g01_c01.mp4", "dive/v_g01_c02.MP4", "lift/a.webm", "lift/notes.txt"] {
            std::fs::create_dir_all(at(name).parent().expect("a folder")).expect("made");
            std::fs::write(at(name), "").expect("written");
        }
        let label = |label: &str| vec![Some(vec![label.to_owned()])];
        let clips = of_clips(None, folder.path(), false).await.expect("read").clips;
        let told: Vec<_> = clips.iter().map(|it| (it.labels.clone(), it.source.as_str())).collect();
        let (dive, lift) = (label("dive"), label("lift"));
        assert_eq!(told, [(dive.clone(), "v_g01"), (dive, "v_g01"), (lift, "a")]);

        let sheet = at("labels.csv");
        let rows = "video,label,source,start,end\n\
                    lift/a.webm,heavy | slow,film 1,1.5,3\nlift/a.webm,,,,\n";
        std::fs::write(&sheet, rows).expect("written");
        let clips = of_clips(None, &sheet, true).await.expect("read").clips;
        assert_eq!(clips[0].labels, [Some(vec!["heavy".to_owned(), "slow".to_owned()])]);
        assert_eq!(
            (clips[0].span, clips[0].source.as_str()),
            (Some(Span::new(1.5, 3.0)), "film 1")
        );
        assert_eq!((clips[1].span, clips[1].source.as_str()), (None, "a"));
        assert_eq!(clips[1].labels, [Some(Vec::new())]);
        let error = of_clips(None, &sheet, false).await.expect_err("no label").to_string();
        assert!(error.contains("labels.csv:3: a label"), "{error}");

        std::fs::write(&sheet, "video,label,start,end\nlift/a.webm,x,3,1\n").expect("written");
        let error = of_clips(None, &sheet, false).await.expect_err("times").to_string();
        assert!(error.contains("the end after the start"), "{error}");
        std::fs::write(&sheet, "video,label\nnone.mp4,x\n").expect("written");
        let error = of_clips(None, &sheet, false).await.expect_err("no file").to_string();
        assert!(error.contains("no file none.mp4"), "{error}");
    }

    #[tokio::test]
    async fn several_columns_are_several_tasks() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.mp4"), "").expect("written");
        let sheet = folder.path().join("labels.csv");
        let rows = "video,label:mood,labels:tags\na.mp4,calm,sea|\na.mp4,,\na.mp4,?,?\n";
        std::fs::write(&sheet, rows).expect("written");
        let error = of_clips(None, &sheet, false).await.expect_err("nothing is known");
        assert!(error.to_string().contains("labels.csv:4: a label"), "{error}");
        std::fs::write(&sheet, rows.replace("a.mp4,?,?\n", "")).expect("written");
        let LabelledClips { tasks, clips } = of_clips(None, &sheet, false).await.expect("read");
        let tasks: Vec<_> = tasks.iter().map(|it| (it.name.as_str(), it.is_multi)).collect();
        assert_eq!(tasks, [("mood", false), ("tags", true)]);
        let known = |label: &str| Some(vec![label.to_owned()]);
        assert_eq!(clips[0].labels, [known("calm"), known("sea")]);
        assert_eq!(clips[1].labels, [None, Some(Vec::new())]);
    }
}
