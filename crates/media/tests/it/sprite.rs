//! The sheet of small pictures and its track.

use crate::make::Folder;
use vireo_media::frames::{ColourFrame, ColourStream, picture};
use vireo_media::probe::probe;
use vireo_media::sprite::write_sprite;
use vireo_media::subtitles;

#[test]
fn the_track_tells_where_each_picture_is() {
    let folder = Folder::new();
    let film = folder.ffmpeg("-f lavfi -i testsrc2=s=320x180:r=10:d=6 -c:v mpeg4", "film.mp4");
    let probe = probe(&film).expect("a film");
    let frames: Vec<ColourFrame> = ColourStream::with_shots(&film, &probe, 160, 2)
        .expect("starts")
        .collect::<Result<_, _>>()
        .expect("pictures");
    assert_eq!(frames.len(), 12);
    let sheet = folder.path("a1.sprite.jpg");
    write_sprite(&frames, 6.0, "sprite.jpg", &sheet).expect("a sprite");

    let large = picture(&sheet).expect("a picture");
    assert_eq!((large.width, large.height), (1600, 180));
    let track = subtitles::read(&folder.path("a1.sprite.vtt")).expect("a track");
    assert_eq!(track.cues.len(), 12);
    assert!(track.cues.windows(2).all(|pair| pair[0].span.end == pair[1].span.start));
    assert_eq!((track.cues[0].span.start, track.cues[11].span.end), (0.0, 6.0));
    assert_eq!(track.cues[11].text, "sprite.jpg#xywh=160,90,160,90");
    for (cue, frame) in track.cues.iter().zip(&frames) {
        let place = cue.text.strip_prefix("sprite.jpg#xywh=").expect("a place");
        let place: Vec<usize> = place.split(',').map(|it| it.parse().expect("a number")).collect();
        let [x, y, width, height] = place[..] else { panic!("{}", cue.text) };
        let mut off = 0;
        for row in 0..height {
            let there = &large.pixels[((y + row) * large.width + x) * 3..][..width * 3];
            let meant = &frame.pixels[row * width * 3..][..width * 3];
            off += there.iter().zip(meant).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
        }
        let off = off as f64 / (width * height * 3) as f64;
        assert!(off < 12.0, "at {} s it shows another picture: {off}", frame.at);
    }
}

#[test]
fn more_than_a_hundred_are_thinned_out_and_one_is_none() {
    let folder = Folder::new();
    let frame = |number: usize| {
        let at = number as f64 * 3.0;
        ColourFrame { at, width: 16, height: 10, pixels: vec![(number % 256) as u8; 480] }
    };
    let sheet = folder.path("b.sprite.jpg");
    let frames: Vec<ColourFrame> = (0..150).map(frame).collect();
    write_sprite(&frames, 450.0, "sprite.jpg", &sheet).expect("a sprite");
    let large = picture(&sheet).expect("a picture");
    assert_eq!((large.width, large.height), (160, 80));
    let track = subtitles::read(&folder.path("b.sprite.vtt")).expect("a track");
    assert_eq!((track.cues.len(), track.cues[1].span.start), (75, 6.0));
    write_sprite(&frames[..1], 3.0, "sprite.jpg", &folder.path("c.jpg")).expect_err("too few");
}
