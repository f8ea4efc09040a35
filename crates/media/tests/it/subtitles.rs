//! Embedded subtitles, and real files of every habit.

use crate::make::{Folder, real_data};
use std::path::Path;
use vireo_media::subtitles::{self, Format};

#[test]
fn embedded_text_is_read_and_pictures_are_refused() {
    let folder = Folder::new();
    folder.write("zh.srt", "1\n00:00:00,500 --> 00:00:01,500\n<i>你好</i>,R&D\n\n2\n00:00:01,600 --> 00:00:01,900\n再见\n");
    let film =
        "-f lavfi -i testsrc=s=64x64:d=2 -i zh.srt -c:v mpeg4 -metadata:s:s:0 language=chi -c:s";
    for (codec, name) in
        [("mov_text", "a.mp4"), ("srt", "b.mkv"), ("ass", "c.mkv"), ("webvtt", "d.mkv")]
    {
        let path = folder.ffmpeg(&format!("{film} {codec}"), name);
        let probe = vireo_media::probe::probe(&path).expect("a film");
        let stream = &probe.subtitles[0];
        assert!(stream.is_text, "{codec}");
        let found = subtitles::read_embedded(&path, stream.index).expect(codec);
        let lines: Vec<_> =
            found.cues.iter().map(|cue| (cue.span.start, cue.text.as_str())).collect();
        assert_eq!(lines, [(0.5, "你好,R&D"), (1.6, "再见")], "{codec}: {found:?}");
    }
    let path =
        folder.ffmpeg("-f lavfi -i testsrc=s=64x64:d=2 -i zh.srt -c:v mpeg4 -c:s srt", "e.mkv");
    subtitles::read_embedded(&path, 0).expect_err("stream 0 is the picture");
    subtitles::read_embedded(&path, 9).expect_err("there is no stream 9");
}

#[test]
fn chinese_in_old_encodings_is_read_from_files() {
    let folder = Folder::new();
    for (encoding, text) in [
        (encoding_rs::GB18030, "我们今天来做一道家常菜,先把西红柿切成小块。"),
        (encoding_rs::BIG5, "我們今天來做一道家常菜,先把番茄切成小塊。"),
        (encoding_rs::GB18030, "你好,世界"),
        (encoding_rs::BIG5, "你好,歡迎來到臺灣"),
    ] {
        let srt = format!("1\n00:00:01,000 --> 00:00:02,000\n{text}\n");
        let path = folder.write("a.zh.srt", encoding.encode(&srt).0);
        let found = subtitles::read(&path).expect("readable");
        assert_eq!(found.cues[0].text, text, "read as {}", found.encoding);
    }
}

/// Every file parses or fails with a reason; what each must hold was checked by eye.
#[test]
fn real_files_of_every_habit() {
    let Some(folder) = real_data("subtitles") else { return };
    let mut names: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    names.sort();
    for path in &names {
        match subtitles::read(path) {
            Ok(found) => {
                eprintln!(
                    "{}: {} cues, {:?}, {}, {:?}",
                    name(path),
                    found.cues.len(),
                    found.format,
                    found.encoding,
                    found.warnings
                );
                for cue in found.cues.iter().take(2).chain(found.cues.last()) {
                    eprintln!("    {:.3}-{:.3} {:?}", cue.span.start, cue.span.end, cue.text);
                }
                assert!(!found.cues.is_empty(), "{}", name(path));
            }
            Err(error) => {
                eprintln!("{}: {error}", name(path));
                assert!(
                    ["astisub_broken-1-in.vtt", "astisub_example-in.stl"].contains(&name(path)),
                    "{error}"
                );
            }
        }
    }
    for (file, encoding, format, count, text) in [
        ("se_auto_detect_windows-1250.srt", "windows-1250", Format::Srt, 1132, "Đino!"),
        ("se_auto_detect_Russian.srt", "UTF-8", Format::Srt, 183, "Я не стесняюсь."),
        ("se_auto_detect_Danish.srt", "UTF-8", Format::Srt, 301, "FBI agent Dunham."),
        ("pysrt_bom-utf-32-le.srt", "UTF-32LE", Format::Srt, 7, "About 2 months ago"),
        ("pysrt_bom-utf-16-be.srt", "UTF-16BE", Format::Srt, 7, "About 2 months ago"),
        ("astisub_example-in.ttml", "UTF-8", Format::Ttml, 6, "We don't belong\nin this"),
        ("astisub_example-in.vtt", "UTF-8", Format::Vtt, 6, "We don't belong\nin this"),
        ("jf_example.ssa", "UTF-8", Format::Ass, 1, "Like an angel with pity"),
        ("sintel_sintel-de.vtt", "UTF-8", Format::Vtt, 14, "Diese Klinge birgt"),
    ] {
        let path = names.iter().find(|path| name(path) == file).expect(file);
        let found = subtitles::read(path).expect(file);
        assert_eq!((found.encoding.as_str(), found.format), (encoding, format), "{file}");
        assert_eq!(found.cues.len(), count, "{file}");
        assert!(found.cues.iter().any(|cue| cue.text.contains(text)), "{file}");
    }
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
