//! Loudness of tones whose loudness is known.

use crate::make::Folder;
use std::path::Path;
use vireo_media::audio::AudioStream;
use vireo_media::probe::probe;

fn measured(path: &Path) -> AudioStream {
    let probe = probe(path).expect("a file");
    let mut sound = AudioStream::metered(path, &probe).expect("a stream");
    sound.hear_out().expect("heard");
    sound
}

fn loudness(folder: &Folder, source: &str) -> Option<f64> {
    measured(&folder.ffmpeg(source, "tone.wav")).loudness()
}

#[test]
fn a_tone_is_as_loud_as_the_standard_says() {
    let folder = Folder::new();
    // Case 1 of EBU Tech 3341: a stereo sine of -23 dB of full scale and 1 kHz
    // is -23 LUFS, within 0.1. ffmpeg's sine has -18.06 dB.
    let tone = |volume: &str| {
        let filter = format!("volume={volume},pan=stereo|c0=c0|c1=c0");
        format!("-f lavfi -i sine=f=1000:r=48000:d=20 -af {filter}")
    };
    let found = loudness(&folder, &tone("-4.94dB")).expect("heard");
    assert!((found + 23.0).abs() <= 0.1, "{found}");
    let found = loudness(&folder, &tone("-14.94dB")).expect("heard");
    assert!((found + 33.0).abs() <= 0.1, "{found}");
}

#[test]
fn silence_and_no_sound_have_none() {
    let folder = Folder::new();
    assert_eq!(loudness(&folder, "-f lavfi -i anullsrc=d=3"), None);
    let mute = folder.ffmpeg("-f lavfi -i testsrc=s=64x64:d=2 -c:v mpeg4", "mute.mp4");
    assert_eq!(measured(&mute).loudness(), None);
}

#[test]
fn measuring_changes_no_sample() {
    let folder = Folder::new();
    let film = folder.film("film.mp4");
    let probe = probe(&film).expect("a film");
    let all = |stream: AudioStream| -> Vec<f32> {
        stream.flat_map(|piece| piece.expect("heard")).collect()
    };
    let plain = all(AudioStream::of(&film, &probe).expect("a stream"));
    assert!(plain == all(AudioStream::metered(&film, &probe).expect("a stream")));
    // What one has begun to hear, another hears out.
    let mut sound = measured(&film);
    assert!(sound.next().is_none() && (sound.seconds() - 6.0).abs() < 0.1);
    assert!(sound.loudness().is_some());
}
