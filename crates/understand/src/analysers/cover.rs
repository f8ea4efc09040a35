//! The picture of a video in lists: the owner's thumbnail, else a keyframe.

use super::{Analyser, Context};
use crate::draft::Draft;
use crate::{Error, Result};
use vireo_domain::VideoId;
use vireo_media::frames;

/// See the module.
pub(super) struct Cover;

impl Analyser for Cover {
    fn name(&self) -> &'static str {
        "cover"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let folder = context.covers;
        std::fs::create_dir_all(folder)
            .map_err(|source| Error::Cover { path: folder.to_owned(), source })?;
        let name = file_name(&draft.video.id, "jpg");
        let to = folder.join(&name);
        let width = context.tools.config.cover_width.max(16);
        if let Some(thumbnail) = &context.sidecars.thumbnail {
            // To ffmpeg a picture is a video of one frame.
            match frames::write_cover(thumbnail, 0.0, width, &to) {
                Ok(()) => {
                    draft.analysis.cover = Some(name);
                    return Ok(());
                }
                Err(error) => draft.warn(format!("cover: {error}; a keyframe is used instead")),
            }
        }
        if let Some(at) = draft.best_keyframe {
            frames::write_cover(context.path, at, width, &to)?;
            draft.analysis.cover = Some(name);
        }
        Ok(())
    }
}

/// `<video id>.<extension>`. Ids may come from outside; one that is no plain
/// file name is hashed, so that it cannot point out of the folder.
pub(super) fn file_name(id: &VideoId, extension: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if id.as_str().chars().all(plain) {
        format!("{id}.{extension}")
    } else {
        format!("{}.{extension}", &blake3::hash(id.as_str().as_bytes()).to_hex()[..32])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_points_out_of_the_folder() {
        let name = |id: &str| file_name(&VideoId::new(id).expect("an id"), "jpg");
        assert_eq!(name("a1b2"), "a1b2.jpg");
        for bad in ["../../etc/passwd", "a/b", "..", "c:\\x", "视频"] {
            let name = name(bad);
            assert!(name.len() == 36 && !name.contains(['/', '\\', ':']), "{name}");
        }
    }
}
