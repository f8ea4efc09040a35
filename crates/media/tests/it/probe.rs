//! What is a video and what is not.

use crate::make::{Folder, truncate};
use vireo_media::Error;
use vireo_media::probe::probe;

#[test]
fn tells_the_facts_of_a_film() {
    let folder = Folder::new();
    let path = folder.ffmpeg(
        "-f lavfi -i testsrc=s=320x180:r=10:d=2 -f lavfi -i sine=d=2 -c:v mpeg4 -c:a aac -metadata title=春天",
        "a film.mkv",
    );
    let probe = probe(&path).expect("a film");
    let facts = &probe.facts;
    assert_eq!((facts.width, facts.height), (Some(320), Some(180)));
    assert_eq!(facts.fps, Some(10.0));
    assert!((facts.duration_seconds - 2.0).abs() < 0.2, "{facts:?}");
    assert_eq!(
        (facts.video_codec.as_deref(), facts.audio_codec.as_deref()),
        (Some("mpeg4"), Some("aac"))
    );
    assert_eq!(facts.size_bytes, std::fs::metadata(&path).expect("it is there").len());
    assert_eq!(probe.title.as_deref(), Some("春天"));
}

#[test]
fn chooses_among_streams() {
    let folder = Folder::new();
    folder.write("en.srt", "1\n00:00:00,500 --> 00:00:01,500\nHello <i>there</i>\n");
    let path = folder.ffmpeg(
        "-f lavfi -i testsrc=s=64x64:d=2 -f lavfi -i testsrc=s=320x180:d=2 \
         -f lavfi -i anullsrc=cl=mono:d=2 -f lavfi -i anullsrc=cl=stereo:d=2 -i en.srt \
         -map 0 -map 1 -map 2 -map 3 -map 4 -c:v mpeg4 -c:a flac -c:s srt \
         -disposition:v 0 -disposition:a 0 -metadata:s:s:0 language=eng"
            .replace("         ", "")
            .as_str(),
        "many.mkv",
    );
    let probe = probe(&path).expect("a film");
    assert_eq!(probe.subtitles.len(), 1);
    let subtitles = &probe.subtitles[0];
    assert_eq!((subtitles.index, subtitles.is_text), (4, true));
    assert_eq!(subtitles.language.as_deref(), Some("eng"));
    assert_eq!(probe.picture.map(|track| track.index), Some(1));
    assert_eq!(probe.sound.map(|track| track.index), Some(3));
}

#[test]
fn a_turned_film_is_described_as_shown() {
    let folder = Folder::new();
    let flat = folder.ffmpeg("-f lavfi -i testsrc=s=320x180:d=1 -c:v mpeg4", "flat.mp4");
    let turned = folder.ffmpeg("-i flat.mp4 -c copy -metadata:s:v rotate=90", "turned.mp4");
    let size = |path| {
        let facts = probe(path).expect("a film").facts;
        (facts.width, facts.height)
    };
    assert_eq!(size(&flat), (Some(320), Some(180)));
    assert_eq!(size(&turned), (Some(180), Some(320)));
}

#[test]
fn what_is_no_video_is_refused_with_the_reason() {
    let folder = Folder::new();
    let picture = folder.ffmpeg("-f lavfi -i testsrc=s=64x64 -frames:v 1", "still.png");
    let noise: Vec<u8> =
        (0..200_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n/etc/passwd\n#EXT-X-ENDLIST\n";
    for (path, reason) in [
        (folder.write("text.mp4", "just text\n".repeat(99)), "text file"),
        (folder.write("notes.txt", "只是文字\n".repeat(2000)), "text file"),
        (folder.write("sub.mp4", "1\n00:00:01,000 --> 00:00:02,000\nHi\n"), "only subtitle"),
        (folder.write("still.mp4", std::fs::read(&picture).expect("made")), "single picture"),
        (picture, "single picture"),
        (folder.write("noise.mp4", noise), "does not know the format"),
        (folder.write("zeros.mkv", [0; 5000]), "does not know the format"),
        (folder.write("list.mp4", playlist), ""),
    ] {
        match probe(&path) {
            Err(Error::NotVideo { reason: said, .. }) => {
                assert!(said.contains(reason), "{}: {said}", path.display());
            }
            other => panic!("{}: {other:?}", path.display()),
        }
    }
    assert!(matches!(probe(&folder.write("empty.mp4", "")), Err(Error::Empty(_))));
    assert!(matches!(probe(&folder.path("missing.mp4")), Err(Error::Read { .. })));
    assert!(matches!(probe(&folder.path("")), Err(Error::Read { .. })), "a folder");
}

#[test]
fn a_film_without_its_index_is_damaged() {
    let folder = Folder::new();
    let whole = folder.ffmpeg("-f lavfi -i testsrc=s=320x180:d=3 -c:v mpeg4", "whole.mp4");
    let part = folder.path("part.mp4");
    truncate(&whole, &part, 0.6);
    match probe(&part) {
        Err(Error::Damaged { reason, .. }) => assert!(reason.contains("moov"), "{reason}"),
        other => panic!("{other:?}"),
    }
}
