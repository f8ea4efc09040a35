//! The user's own model: whatever lies in the folder `picture-text` of the
//! models folder. Nobody can vouch for its files, so no catalogue has them; the
//! model goes by their checksum, and its vectors mix with no other's.

use super::clip::Files;
use crate::{Result, fetch};
use std::path::{Path, PathBuf};

/// Name of the folder.
pub const FOLDER: &str = "picture-text";

/// A model that the user put there.
#[derive(Debug)]
pub struct Own {
    /// Its folder.
    pub dir: PathBuf,
    /// Its files; else what is missing.
    pub files: Result<Files>,
}

/// Looks for it in the models folder; `None` if there is no such folder.
pub fn find(models: &Path) -> Option<Own> {
    let dir = models.join(FOLDER);
    dir.is_dir().then(|| Own { files: Files::find(&dir), dir })
}

impl Own {
    /// Size of its networks in bytes; 0 if some are missing.
    pub fn bytes(&self) -> u64 {
        let networks = self.files.iter().flat_map(Files::networks);
        networks.filter_map(|file| Some(std::fs::metadata(file).ok()?.len())).sum()
    }

    /// Its folder and its name: the folder's and the beginning of its checksum.
    pub(crate) fn named(self, models: &Path) -> Result<(PathBuf, String)> {
        let files = self.files?;
        let inside = files.networks().into_iter().filter_map(|it| it.strip_prefix(models).ok());
        let inside: Vec<String> = inside.map(|it| it.to_string_lossy().into_owned()).collect();
        Ok((self.dir, format!("{FOLDER}@{}", fetch::identity(models, &inside)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture_text::colours::{self, Export};

    #[test]
    fn another_model_in_the_folder_has_another_name() {
        let models = tempfile::tempdir().expect("a folder");
        assert!(find(models.path()).is_none());
        let dir = models.path().join(FOLDER);
        colours::write(&dir, Export::Clip).expect("written");
        let name = || find(models.path()).expect("there").named(models.path()).expect("hashed").1;
        let first = name();
        assert!(first.starts_with("picture-text@") && first.len() == 21, "{first}");
        assert_eq!(name(), first, "noted");
        let lock = std::fs::read_to_string(models.path().join("models.lock")).expect("noted");
        assert!(lock.contains("picture-text/onnx/text_model.onnx"), "{lock}");
        colours::write(&dir, Export::SigLip).expect("written");
        assert_ne!(name(), first);
        assert!(find(models.path()).expect("there").bytes() > 0);
    }

    #[test]
    fn what_is_missing_is_named() {
        let models = tempfile::tempdir().expect("a folder");
        let dir = models.path().join(FOLDER);
        colours::write(&dir, Export::Clip).expect("written");
        for file in ["tokenizer.json", "onnx/text_model.onnx"] {
            std::fs::remove_file(dir.join(file)).expect("there");
        }
        let message = find(models.path()).expect("there").files.expect_err("lacks").to_string();
        assert!(message.contains("onnx/text_model*.onnx and tokenizer.json"), "{message}");
        assert!(!message.contains("vision_model"), "{message}");
    }
}
