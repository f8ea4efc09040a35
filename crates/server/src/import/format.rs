//! Which format a file has, told by its content first and its name second.

use super::{Line, Lines, Object, What, gorse, lines::TextLines, movielens, table};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Vireo's own, one JSON object a line.
    Jsonl,
    /// Vireo's own, as a table.
    Csv,
    /// gorse's bulk files.
    Gorse,
    /// A file of MovieLens.
    MovieLens(movielens::File),
}

impl Format {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "vireo-jsonl",
            Self::Csv => "vireo-csv",
            Self::Gorse => "gorse-jsonl",
            Self::MovieLens(file) => file.format(),
        }
    }
}

/// A file to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) format: Format,
    pub(super) what: What,
}

impl Source {
    /// Its lines as objects of Vireo's own shape.
    pub(super) fn lines(&self) -> Result<Lines> {
        match self.format {
            Format::Jsonl => Ok(Box::new(objects(&self.path)?)),
            Format::Csv => Ok(Box::new(table::open(&self.path)?)),
            Format::Gorse => {
                let what = self.what;
                Ok(Box::new(objects(&self.path)?.map(move |(line, object)| {
                    (line, object.and_then(|object| gorse::translate(what, object)))
                })))
            }
            Format::MovieLens(file) => file.lines(&self.path),
        }
    }
}

fn objects(path: &Path) -> Result<impl Iterator<Item = Line> + use<>> {
    let lines =
        TextLines::open(path, false).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(lines.map(|(number, text)| {
        let object = text.and_then(|text| {
            serde_json::from_str::<Object>(&text)
                .map_err(|error| format!("not a JSON object: {error}"))
        });
        (number, object)
    }))
}

/// What to read for `what` in `path`: the file, or the files of a data set's
/// folder. Feedback is of little use without its videos and people, so for a
/// folder they come along, first.
pub(super) fn recognise(path: &Path, what: What) -> Result<Vec<Source>> {
    if !path.is_dir() {
        let format = recognise_file(path, what)?;
        return Ok(vec![Source { path: path.to_owned(), format, what }]);
    }
    let own = [
        (What::Videos, "videos.jsonl"),
        (What::Users, "users.jsonl"),
        (What::Feedback, "feedback.jsonl"),
    ];
    let own = own.map(|(what, name)| Source { path: path.join(name), format: Format::Jsonl, what });
    let movielens = movielens::FILES.iter().map(|(name, what, file)| Source {
        path: path.join(name),
        format: Format::MovieLens(*file),
        what: *what,
    });
    let is_wanted =
        |source: &Source| source.path.is_file() && (what == What::Feedback || source.what == what);
    let sources: Vec<Source> = own.into_iter().chain(movielens).filter(is_wanted).collect();
    if !sources.iter().any(|source| source.what == what) {
        bail!(
            "{}: this folder holds no {} that Vireo knows (ml-100k, ml-latest, or what `vireo export` writes)",
            path.display(),
            what.name()
        );
    }
    Ok(sources)
}

fn recognise_file(path: &Path, what: What) -> Result<Format> {
    let shown = path.display();
    let mut beginning = Vec::new();
    File::open(path)
        .and_then(|file| file.take(4096).read_to_end(&mut beginning))
        .with_context(|| format!("cannot read {shown}"))?;
    let content = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&beginning);
    match content {
        [] => bail!("{shown}: the file is empty"),
        [0x1f, 0x8b, ..] | [b'P', b'K', 3, 4, ..] => {
            bail!("{shown}: the file is compressed; unpack it first")
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            bail!("{shown}: the file is UTF-16; save it as UTF-8 first")
        }
        _ => {}
    }
    if let Some(file) = movielens::File::recognise(path, content) {
        if file.what() != what {
            bail!("{shown}: this is {}, which holds {}", file.format(), file.what().name());
        }
        return Ok(Format::MovieLens(file));
    }
    let text = content.trim_ascii_start();
    if text.starts_with(b"{") {
        let is_gorse = [&b"\"UserId\""[..], b"\"ItemId\""].iter().any(|key| contains(text, key));
        return Ok(if is_gorse { Format::Gorse } else { Format::Jsonl });
    }
    if text.starts_with(b"[") {
        bail!("{shown}: this is one JSON array; write one object a line instead (jq -c '.[]')");
    }
    let header = table::open(path)?.header;
    let fields = match what {
        What::Videos => super::fields::VIDEO,
        What::Users => super::fields::USER,
        What::Feedback => super::fields::FEEDBACK,
    };
    let missing = fields.all[..fields.needed]
        .iter()
        .find(|(name, _)| !header.iter().any(|column| column == name));
    match missing {
        None => Ok(Format::Csv),
        Some((name, _)) => {
            let names: Vec<&str> = fields.all.iter().map(|(name, _)| *name).collect();
            bail!(
                "{shown}: unknown format. For a table of {} the first line must name the columns; `{name}` is missing (columns: {})",
                what.name(),
                names.join(", ")
            )
        }
    }
}

fn contains(text: &[u8], key: &[u8]) -> bool {
    text.windows(key.len()).any(|window| window == key)
}
