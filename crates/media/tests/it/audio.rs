//! Sound of whole, broken, silent and very long files.

use crate::make::{Folder, truncate};
use vireo_media::audio::{AudioStream, SAMPLE_RATE, read_all};

fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(SAMPLE_RATE)
}

#[test]
fn a_tone_comes_out_as_it_was_made() {
    let folder = Folder::new();
    let samples = read_all(&folder.film("film.mp4")).expect("sound");
    assert!((seconds(samples.len()) - 6.0).abs() < 0.1, "{}", samples.len());
    // 440 Hz crosses zero 880 times a second.
    let middle = &samples[SAMPLE_RATE as usize..3 * SAMPLE_RATE as usize];
    let crossings = middle.windows(2).filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0)).count();
    assert!((1740..1780).contains(&crossings), "{crossings} crossings in 2 s");
    assert!(samples.iter().all(|sample| sample.is_finite() && sample.abs() <= 1.0));
}

#[test]
fn sound_that_starts_late_keeps_its_time() {
    let folder = Folder::new();
    let path = folder.ffmpeg(
        "-f lavfi -i testsrc=s=64x64:r=10:d=4 -itsoffset 2 -f lavfi -i sine=d=2 -c:v mpeg4 -c:a flac",
        "late.mkv",
    );
    let samples = read_all(&path).expect("sound");
    let first = samples.iter().position(|sample| sample.abs() > 0.01).expect("a tone");
    assert!((seconds(first) - 2.0).abs() < 0.1, "{}", seconds(first));
}

#[test]
fn no_sound_and_sound_of_no_length_give_nothing() {
    let folder = Folder::new();
    let mute = folder.ffmpeg("-f lavfi -i testsrc=s=64x64:d=2 -c:v mpeg4", "mute.mp4");
    // An empty sound track: its stream is declared, and no packet follows.
    let empty = folder.ffmpeg(
        "-f lavfi -i testsrc=s=64x64:d=2 -f lavfi -i sine=d=1 -filter_complex [1:a]atrim=end=0[a] -map 0:v -map [a] -c:v mpeg4 -c:a pcm_s16le",
        "empty.mkv",
    );
    for path in [mute, empty] {
        let mut stream = AudioStream::open(&path).expect("a film");
        assert!(stream.next().is_none(), "{}", path.display());
        assert!(stream.next().is_none());
    }
}

#[test]
fn a_file_that_breaks_off_says_so() {
    let folder = Folder::new();
    let whole = folder.film("whole.mp4");
    let part = folder.path("part.mp4");
    truncate(&whole, &part, 0.5);
    let mut stream = AudioStream::open(&part).expect("its index is at the front");
    let decoded: usize =
        stream.by_ref().map(|piece| piece.expect("what is there is read").len()).sum();
    assert!(seconds(decoded) > 1.0 && seconds(decoded) < 5.0, "{}", seconds(decoded));
    let warning = stream.warning().expect("half is missing");
    assert!(warning.contains("of 6.0 s"), "{warning}");

    let mut stream = AudioStream::open(&whole).expect("a film");
    assert!(stream.by_ref().all(|piece| piece.is_ok()));
    assert_eq!(stream.warning(), None);
}

#[test]
fn eight_hours_come_in_pieces() {
    let folder = Folder::new();
    let path = folder.ffmpeg(
        "-f lavfi -i color=s=16x16:r=0.1 -f lavfi -i anullsrc=r=8000:cl=mono:n=8000 -t 28800 -c:v mpeg4 -c:a flac -frame_size 16384",
        "long.mkv",
    );
    let mut stream = AudioStream::open(&path).expect("a film");
    let (mut pieces, mut samples) = (0, 0);
    for piece in stream.by_ref() {
        let piece = piece.expect("whole");
        assert!(piece.len() <= 30 * SAMPLE_RATE as usize);
        pieces += 1;
        samples += piece.len();
    }
    assert_eq!(pieces, 960);
    assert!((seconds(samples) - 28_800.0).abs() < 1.0, "{}", seconds(samples));
    assert_eq!(stream.warning(), None);

    let probe = vireo_media::probe::probe(&path).expect("a film");
    let keyframes = vireo_media::frames::keyframes(&path, &probe, &[], 8).expect("pictures");
    assert_eq!(keyframes.len(), 1, "one colour for eight hours: {keyframes:?}");
}
