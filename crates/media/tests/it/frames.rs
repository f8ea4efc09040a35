//! Keyframes and covers.

use crate::make::{Folder, truncate};
use std::path::Path;
use vireo_media::edits::{self, Edit};
use vireo_media::fingerprint::fingerprint;
use vireo_media::frames::{ColourFrame, ColourStream, keyframes, write_cover};
use vireo_media::preview::write_preview;
use vireo_media::probe::probe;

/// Size of a JPEG, from its start-of-frame marker.
fn jpeg_size(path: &std::path::Path) -> (u32, u32) {
    let bytes = std::fs::read(path).expect("a cover");
    assert_eq!(bytes[..2], [0xff, 0xd8], "a JPEG");
    let at = bytes.windows(2).position(|marker| marker == [0xff, 0xc0]).expect("a baseline JPEG");
    let number = |at: usize| u32::from(bytes[at]) << 8 | u32::from(bytes[at + 1]);
    (number(at + 7), number(at + 5))
}

#[test]
fn black_is_passed_over_and_each_shot_is_shown() {
    let folder = Folder::new();
    // 3 s black, 3 s test picture, 3 s black, 3 s of another picture.
    let path = folder.ffmpeg(
        "-f lavfi -i color=black:s=320x180:r=10:d=3 -f lavfi -i testsrc=s=320x180:r=10:d=3 \
         -f lavfi -i color=black:s=320x180:r=10:d=3 -f lavfi -i mandelbrot=s=320x180:r=10 \
         -filter_complex [3:v]trim=duration=3[m];[0][1][2][m]concat=n=4 -c:v mpeg4 -q:v 3"
            .replace("         ", "")
            .as_str(),
        "shots.mp4",
    );
    let probe = probe(&path).expect("a film");
    let times = keyframes(&path, &probe, &[], 2).expect("pictures");
    assert_eq!(times.len(), 2, "{times:?}");
    let in_shot = |from: f64, to: f64| times.iter().filter(|at| (from..to).contains(at)).count();
    assert_eq!((in_shot(3.0, 6.0), in_shot(9.0, 12.0)), (1, 1), "{times:?}");
    let many = keyframes(&path, &probe, &[], 10).expect("pictures");
    assert!(many.iter().all(|at| (3.0..6.0).contains(at) || (9.0..12.0).contains(at)), "{many:?}");
    assert!(keyframes(&path, &probe, &[], 0).expect("none wanted").is_empty());
}

#[test]
fn long_films_are_read_by_their_stored_pictures() {
    let folder = Folder::new();
    let path =
        folder.ffmpeg("-f lavfi -i testsrc2=s=160x90:r=5:d=300 -g 25 -c:v mpeg4", "long.mkv");
    let probe = probe(&path).expect("a film");
    let times = keyframes(&path, &probe, &[], 6).expect("pictures");
    assert_eq!(times.len(), 6, "{times:?}");
    let mut sorted = times.clone();
    sorted.sort_by(f64::total_cmp);
    assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] > 10.0), "spread: {sorted:?}");
    assert!(
        sorted.iter().all(|at| (at % 5.0).min(5.0 - at % 5.0) < 0.01),
        "every 25th frame: {sorted:?}"
    );
}

#[test]
fn between_whole_frames_the_picture_stands_still() {
    let folder = Folder::new();
    // A frame that is stored whole every three seconds.
    let path = folder.ffmpeg("-f lavfi -i testsrc2=s=160x90:r=5:d=8 -g 15 -c:v mpeg4", "film.mkv");
    let probe = probe(&path).expect("a film");
    let frames = |stream: vireo_media::Result<ColourStream>| -> Vec<ColourFrame> {
        stream.expect("starts").collect::<Result<_, _>>().expect("pictures")
    };
    let whole = frames(ColourStream::of_whole_frames(&path, &probe, 80, 1));
    let all = frames(ColourStream::of(&path, &probe, 80, 1));
    assert!(whole.len() >= 6 && all.len() >= whole.len(), "{} {}", whole.len(), all.len());
    for (at, frame) in whole.iter().enumerate() {
        assert_eq!(frame.at, at as f64);
        assert!(frame.pixels == whole[at / 3 * 3].pixels, "at {at} s");
    }
    assert!(whole[0].pixels != whole[3].pixels);
    assert!(all.windows(2).all(|pair| pair[0].pixels != pair[1].pixels));
}

#[test]
fn a_cover_is_upright_square_and_whole() {
    let folder = Folder::new();
    folder.ffmpeg("-f lavfi -i testsrc=s=320x180:r=10:d=2 -c:v mpeg4", "flat.mp4");
    let turned = folder.ffmpeg("-i flat.mp4 -c copy -metadata:s:v rotate=90", "turned.mp4");
    let wide = folder.ffmpeg("-i flat.mp4 -vf setsar=2 -c:v mpeg4", "wide.mp4");
    let cover = folder.path("封面.jpg");
    write_cover(&folder.path("flat.mp4"), 1.0, 160, &cover).expect("a cover");
    assert_eq!(jpeg_size(&cover), (160, 90));
    write_cover(&folder.path("flat.mp4"), 1.9, 4000, &cover).expect("the last frame, not enlarged");
    assert_eq!(jpeg_size(&cover), (320, 180));
    write_cover(&turned, 0.0, 160, &cover).expect("a cover");
    assert_eq!(jpeg_size(&cover), (160, 284));
    write_cover(&wide, 0.0, 320, &cover).expect("a cover");
    assert_eq!(jpeg_size(&cover), (320, 90));

    for name in ["still.png", "still.jpg", "still.webp"] {
        let still = folder.ffmpeg("-f lavfi -i testsrc=s=320x180 -frames:v 1", name);
        write_cover(&still, 0.0, 160, &cover).expect(name);
        assert_eq!(jpeg_size(&cover), (160, 90), "{name}");
    }

    write_cover(&wide, 0.0, 320, &cover).expect("a cover");
    let error = write_cover(&wide, 99.0, 320, &cover).expect_err("past the end");
    assert!(error.to_string().contains("no picture at 99"), "{error}");
    assert_eq!(jpeg_size(&cover), (320, 90), "the old cover is left");
    let left: Vec<_> = std::fs::read_dir(folder.path(""))
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
    write_cover(&wide, 0.0, 320, &folder.path("no/such/folder.jpg")).expect_err("no folder");
}

#[test]
fn odd_files_give_what_they_have() {
    let folder = Folder::new();
    let whole = folder.film("whole.mp4");
    let part = folder.path("part.mp4");
    truncate(&whole, &part, 0.5);
    let half = probe(&part).expect("its index is at the front");
    assert!(!keyframes(&part, &half, &[], 4).expect("what is there").is_empty());
    let sound = folder.ffmpeg("-f lavfi -i sine=d=1", "sound.mp4");
    let no_picture = probe(&sound).expect("sound is enough");
    assert!(keyframes(&sound, &no_picture, &[], 4).expect("no pictures").is_empty());
    write_cover(&sound, 0.0, 320, &folder.path("a.jpg")).expect_err("no pictures");
}

#[test]
fn what_begins_with_an_old_avi_begins_with_its_first_picture() {
    let folder = Folder::new();
    let arguments = "-f lavfi -i testsrc=s=320x180:r=25:d=4 -c:v mpeg4 -bf 2";
    let avi = folder.ffmpeg(arguments, "old.avi");
    let print = |path: &Path| {
        let facts = probe(path).expect("a video");
        fingerprint(path, &facts).expect("pictures").expect("a picture stream")
    };
    let (copy, preview) = (folder.path("copy.mp4"), folder.path("preview.mp4"));
    edits::write(&avi, 4.0, Edit::Reencode, &copy).expect("a copy");
    write_preview(&avi, &[0.05], 3.9, 160, &preview).expect("a preview");
    for made in [copy, preview] {
        let likeness = print(&avi).likeness(&print(&made)).expect("something alike");
        assert!(likeness.is_copy(), "{}: {likeness:?}", made.display());
    }
}

/// The brightness in the corner of each picture of a film or a JPEG.
fn corners(folder: &Folder, name: &str, (width, height): (u32, u32)) -> Vec<u8> {
    let raw = folder.ffmpeg(&format!("-i {name} -pix_fmt gray -f rawvideo"), "corners.raw");
    let pixels = std::fs::read(raw).expect("pixels");
    pixels.chunks((width * height) as usize).map(|picture| picture[0]).collect()
}

#[test]
fn where_a_slide_stands_for_long_it_is_what_is_seen() {
    let folder = Folder::new();
    // Three slides in four pictures: from 0, 3 and 12 s on, to 15 s.
    let slides = "-f lavfi -i color=black:s=320x180:r=25:d=15,format=yuv420p,\
                  geq=lum='if(lt(T,3),50,if(lt(T,12),120,200))':cb=128:cr=128,\
                  select='eq(n,0)+eq(n,75)+eq(n,300)+eq(n,374)' -fps_mode vfr -g 250";
    let film = folder.ffmpeg(slides, "slides.mp4");
    let is_near = |seen: u8, slide: u8| seen.abs_diff(slide) < 16;
    for (at, slide) in [(0.0, 39), (2.9, 39), (3.0, 121), (8.0, 121), (11.9, 121), (14.0, 214)] {
        write_cover(&film, at, 320, &folder.path("cover.jpg")).expect("a cover");
        let seen = corners(&folder, "cover.jpg", (320, 180))[0];
        assert!(is_near(seen, slide), "at {at} s: {seen}, not {slide}");
    }
    write_preview(&film, &[8.0, 13.0], 1.0, 160, &folder.path("preview.mp4")).expect("a preview");
    let seen = corners(&folder, "preview.mp4", (160, 90));
    let (first, second) = seen.split_at(seen.len() / 2);
    assert!(first.len() > 5 && first.iter().all(|seen| is_near(*seen, 121)), "{seen:?}");
    assert!(second.iter().all(|seen| is_near(*seen, 214)), "{seen:?}");
}
