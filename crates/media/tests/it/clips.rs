//! Real clips: odd codecs, no sound, several streams.

use crate::make::{Folder, real_data};
use std::path::{Path, PathBuf};
use vireo_media::audio::{AudioStream, SAMPLE_RATE};
use vireo_media::{VIDEO_EXTENSIONS, frames, probe, subtitles};

fn videos(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            videos(&path, found);
        } else if VIDEO_EXTENSIONS.contains(&extension.as_str()) {
            found.push(path);
        }
    }
}

#[test]
fn every_clip_is_probed_seen_and_heard() {
    let Some(folder) = real_data("clips") else { return };
    let mut clips = Vec::new();
    videos(&folder, &mut clips);
    clips.sort();
    let covers = Folder::new();
    for clip in &clips {
        let name = clip.file_name().unwrap_or_default().to_string_lossy();
        let probe = probe::probe(clip).expect("a video");
        let facts = &probe.facts;
        let keyframes = frames::keyframes(clip, &probe, &[], 6).expect("pictures");
        assert!(!keyframes.is_empty(), "{name}");
        let cover = covers.path(&format!("{name}.jpg"));
        frames::write_cover(clip, keyframes[0], 640, &cover).expect("a cover");
        let mut sound = AudioStream::of(clip, &probe).expect("a stream");
        let samples: usize = sound.by_ref().map(|piece| piece.expect("sound").len()).sum();
        let heard = samples as f64 / f64::from(SAMPLE_RATE);
        assert_eq!(heard > 0.0, facts.audio_codec.is_some(), "{name}");
        let declared = probe.sound.as_ref().and_then(|sound| sound.seconds);
        if let Some(declared) = declared.or(Some(facts.duration_seconds)).filter(|_| heard > 0.0) {
            assert!((heard - declared).abs() < 0.5, "{name}: {heard} s of {declared} s");
        }
        assert_eq!(sound.warning(), None, "{name}");
        let mut texts = Vec::new();
        for stream in probe.subtitles.iter().filter(|stream| stream.is_text) {
            let found = subtitles::read_embedded(clip, stream.index).expect("a text stream");
            texts.extend(found.cues.first().map(|cue| cue.text.clone()));
        }
        eprintln!(
            "{name}: {:?}x{:?} {:?} fps, {:.2} s, {:?} {:?}, heard {heard:.2} s, keyframes {keyframes:.2?}, {texts:?}",
            facts.width,
            facts.height,
            facts.fps,
            facts.duration_seconds,
            facts.video_codec,
            facts.audio_codec,
        );
    }
}
