//! Borders between shots, and black, frozen and silent parts.

use crate::make::Folder;
use std::path::{Path, PathBuf};
use vireo_domain::Span;
use vireo_media::audio::AudioStream;
use vireo_media::frames::ColourStream;
use vireo_media::montage::{self, Joint, Part};
use vireo_media::probe::probe;
use vireo_media::shots::{Shots, Transition, shots};

/// Three moving pictures that have little in common.
fn pictures(folder: &Folder) -> [PathBuf; 3] {
    [("testsrc2", "a.mp4"), ("mandelbrot", "b.mp4"), ("smptebars", "c.mp4")].map(
        |(picture, name)| {
            let parted = if picture.contains('=') { ':' } else { '=' };
            let size = format!("{picture}{parted}s=320x180:r=25");
            folder.ffmpeg(&format!("-f lavfi -i {size} -t 4 -c:v mpeg4 -q:v 3"), name)
        },
    )
}

fn part(path: &Path, flash: bool) -> Part {
    Part { path: path.to_owned(), from: 0.0, frames: 75, mirrored: false, flash }
}

fn look(path: &Path) -> Shots {
    shots(path, &probe(path).expect("a film")).expect("pictures")
}

#[test]
fn every_transition_is_found_where_it_is_and_a_flash_is_none() {
    let folder = Folder::new();
    let parts = pictures(&folder).map(|path| part(&path, true));
    for transition in [Transition::Cut, Transition::Fade, Transition::Dissolve] {
        let film = folder.path("film.mp4");
        let joint = Joint { transition, frames: 20, black: 5 };
        let made = montage::write(&parts, &[joint; 2], &film).expect("a film");
        let found = look(&film);
        assert_eq!(found.seconds, f64::from(made.frames) / f64::from(montage::RATE));
        let kinds: Vec<Transition> = found.borders.iter().map(|b| b.transition).collect();
        assert_eq!(kinds, [transition; 2], "{found:?}");
        for (border, (from, to)) in found.borders.iter().zip(&made.borders) {
            let middle = f64::from(from + to) / 2.0 / f64::from(montage::RATE);
            assert!((border.at() - middle).abs() < 0.25, "{border:?} is not at {middle}");
        }
        let spans = found.spans();
        assert_eq!((spans.len(), spans[0].start), (3, 0.0));
        assert!(spans.windows(2).all(|pair| pair[0].end == pair[1].start));
    }
}

#[test]
fn black_frozen_and_silent_parts_are_told_apart() {
    let folder = Folder::new();
    // 3 s of movement with a tone, 3 s black and silent, 3 s of a still with a tone.
    let film = folder.ffmpeg(
        "-f lavfi -i testsrc2=s=320x180:r=25:d=3 -f lavfi -i color=black:s=320x180:r=25:d=3 \
         -f lavfi -i smptebars=s=320x180:r=25:d=3 \
         -f lavfi -i aevalsrc=if(between(t\\,3\\,6)\\,0\\,0.2*sin(2000*t)):d=9 \
         -filter_complex [0][1][2]concat=n=3 -c:v mpeg4 -q:v 3 -c:a aac"
            .replace("         ", "")
            .as_str(),
        "parts.mp4",
    );
    let near = |found: &[Span], start: f64, end: f64| {
        let [part] = found else { return false };
        (part.start - start).abs() < 0.15 && (part.end - end).abs() < 0.15
    };
    let found = look(&film);
    assert!(near(&found.black, 3.0, 6.0), "{found:?}");
    assert!(near(&found.frozen, 6.0, 9.0), "{found:?}");
    let mut sound = AudioStream::open(&film).expect("sound");
    sound.hear_out().expect("heard");
    assert!(near(&sound.silent(), 3.0, 6.0), "{:?}", sound.silent());
}

#[test]
fn a_file_without_pictures_has_no_shots() {
    let folder = Folder::new();
    let sound = folder.ffmpeg("-f lavfi -i sine=d=3", "sound.wav");
    let found = look(&sound);
    assert_eq!((found.spans(), found), (Vec::new(), Shots::default()));
}

#[test]
fn one_decoding_gives_pictures_and_shots_as_two_would() {
    let folder = Folder::new();
    let parts = pictures(&folder).map(|path| part(&path, false));
    let film = folder.path("film.mp4");
    let joint = Joint { transition: Transition::Cut, frames: 20, black: 5 };
    montage::write(&parts, &[joint; 2], &film).expect("a film");
    let probe = probe(&film).expect("a film");
    let mut both = ColourStream::with_shots(&film, &probe, 160, 2).expect("starts");
    let mut alone = ColourStream::of_every_frame(&film, &probe, 160, 2).expect("starts");
    let all = |stream: &mut ColourStream| {
        stream.by_ref().map(|picture| picture.expect("a picture")).collect::<Vec<_>>()
    };
    let (one, other) = (all(&mut both), all(&mut alone));
    assert!(one == other && one.len() >= 17, "{} and {}", one.len(), other.len());
    assert_eq!((both.shots(), both.shots()), (Some(look(&film)), None));
    assert_eq!(alone.shots(), None, "nobody asked for them");
}
