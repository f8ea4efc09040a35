//! What is seen and heard in a file, worked out when it is asked for and kept in
//! the data folder's `moments/` under the hash of the file, so a second training
//! reads no video. Nothing there cannot be made again.

use crate::app::{App, blocking};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use vireo_pretrained::Models;
use vireo_understand::moments::{Moments, maker, moments};

impl App {
    pub(in crate::app) async fn moments(&self, path: &Path) -> Result<Moments> {
        let (models, path, kept) =
            (self.models.clone(), path.to_owned(), self.data_dir.join("moments"));
        blocking(move || kept_moments(&models, &path, &kept)).await
    }

    pub(in crate::app) async fn maker(&self) -> Result<String> {
        let models = self.models.clone();
        blocking(move || {
            let labeller = models.picture_labeller()?;
            Ok::<_, vireo_pretrained::Error>(maker(labeller.as_deref()))
        })
        .await
    }
}

/// The moments of a file, from the folder where they are kept, or worked out
/// and put there. What cannot be read there is worked out again.
fn kept_moments(models: &Models, path: &Path, folder: &Path) -> Result<Moments> {
    let labeller = models.picture_labeller()?;
    let maker = maker(labeller.as_deref());
    let kept = folder.join(vireo_media::content::hash(path)?.to_hex().as_str());
    if let Ok(bytes) = fs::read(&kept)
        && let Ok((by, moments)) = postcard::from_bytes::<(String, Moments)>(&bytes)
        && by == maker
    {
        return Ok(moments);
    }
    let moments = moments(path, labeller.as_deref())?;
    let written = || {
        fs::create_dir_all(folder)?;
        let part = kept.with_extension(format!("{}.part", std::process::id()));
        let bytes = postcard::to_stdvec(&(maker, &moments)).map_err(std::io::Error::other)?;
        fs::write(&part, bytes).and_then(|()| fs::rename(&part, &kept))
    };
    written().with_context(|| format!("cannot keep {}", kept.display()))?;
    Ok(moments)
}
