//! Which models there are.

use super::Models;
use crate::catalogue::Job;
use crate::embedding::TextEmbedder;
use crate::embedding::hashing::HashingEmbedder;
use crate::picture_text::own;
use crate::{Result, fetch};
use std::path::PathBuf;

/// Whether the model for a job is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What it is for.
    pub job: Job,
    /// Its name; `hashing-256` for the embedder that is built in.
    pub model: String,
    /// Its folder; `None` for what needs no files.
    pub path: Option<PathBuf>,
    /// Whether all its files are there.
    pub is_present: bool,
    /// Size of its files in bytes.
    pub bytes: u64,
    /// For the user's own model: what is wrong with it.
    pub problem: Option<String>,
}

impl Models {
    /// For each job: which model does it, and whether it is there.
    pub fn status(&self) -> Result<Vec<Status>> {
        let catalogue = self.catalogue()?;
        let mut all = Vec::new();
        for job in Job::ALL {
            match catalogue.find(job, self.profile())? {
                Some(model) => all.push(Status {
                    job,
                    model: model.name.clone(),
                    path: Some(model.dir(self.dir())),
                    is_present: fetch::is_present(self.dir(), model),
                    bytes: model.size(),
                    problem: None,
                }),
                None if job == Job::TextEmbedding => all.push(Status {
                    job,
                    model: HashingEmbedder.name().to_owned(),
                    path: None,
                    is_present: true,
                    bytes: 0,
                    problem: None,
                }),
                None if job == Job::PictureText => all.extend(own::find(self.dir()).map(own_model)),
                None => {}
            }
        }
        Ok(all)
    }
}

/// What the user put there themselves.
fn own_model(own: own::Own) -> Status {
    Status {
        job: Job::PictureText,
        model: format!("{} (yours)", own::FOLDER),
        is_present: own.files.is_ok(),
        bytes: own.bytes(),
        problem: own.files.err().map(|error| error.to_string()),
        path: Some(own.dir),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Config;
    use crate::picture_text::colours::{self, Export};

    #[test]
    fn ones_own_model_is_listed_once_it_is_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let models = Models::new(Config { dir: Some(dir.path().to_owned()), ..Config::default() });
        let own = || {
            let all = models.status().expect("status");
            all.into_iter().find(|status| status.job == Job::PictureText)
        };
        assert_eq!(own(), None);
        assert!(models.picture_text().expect("none is no error").is_none());
        let folder = dir.path().join(own::FOLDER);
        colours::write(&folder, Export::Clip).expect("written");
        let found = own().expect("listed");
        assert_eq!((&*found.model, found.is_present), ("picture-text (yours)", true));
        assert!(found.bytes > 0 && found.problem.is_none());
        std::fs::remove_file(folder.join("preprocessor_config.json")).expect("there");
        let found = own().expect("listed");
        assert!(!found.is_present);
        let problem = found.problem.expect("said");
        assert!(problem.contains("preprocessor_config.json is missing"), "{problem}");
        let error = models.picture_text().err().expect("not usable").to_string();
        assert_eq!(error, problem);
    }
}
