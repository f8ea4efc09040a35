//! Each format as data, and what must hold for any input.

use super::*;
use proptest::prelude::*;

fn parsed(text: &str, name: &str) -> Subtitles {
    parse(text.as_bytes(), Path::new(name)).expect("readable")
}

fn lines(subtitles: &Subtitles) -> Vec<(f64, f64, &str)> {
    subtitles.cues.iter().map(|cue| (cue.span.start, cue.span.end, cue.text.as_str())).collect()
}

#[test]
fn srt_of_all_habits() {
    let text = "\u{feff}junk\n\n2\r\n00:00:05,000 --> 00:00:06,5 X1:40\r\n<i>later</i>\r\n\r\nstill later\r\n\r\n\
                1\r\n00:00:01.000 --> 00:00:02.000\r\n7\r\n\r\n3\r\n00:00:xx --> 00:00:09\r\nlost\r\n\r\n\
                4\r\n-00:00:01,000 --> 00:00:00,500\r\n先\r\n5\r\n00:00:07,000 --> 00:00:08,000\r\n\r\n";
    let subtitles = parsed(text, "a.srt");
    assert_eq!(subtitles.format, Format::Srt);
    assert_eq!(
        lines(&subtitles),
        [(0.0, 0.5, "先"), (1.0, 2.0, "7"), (5.0, 6.5, "later\nstill later")]
    );
    assert_eq!(subtitles.warnings.len(), 3, "{:?}", subtitles.warnings);
}

#[test]
fn old_mac_and_doubled_line_ends() {
    for end in ["\r", "\r\r\n"] {
        let text = ["1", "00:00:01,000 --> 00:00:02,000", "one", "two", "", ""].join(end);
        assert_eq!(lines(&parsed(&text, "a.srt")), [(1.0, 2.0, "one\ntwo")], "{end:?}");
    }
}

#[test]
fn vtt_with_all_its_blocks() {
    let text = "WEBVTT - title\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\nSTYLE\n::cue { color: red }\n\n\
                REGION\nid:r\n\nNOTE\n00:01 is no cue\n\nintro\n00:01.000 --> 00:02.000 align:left\n<v Ann>Hi &amp; bye\n\n\
                01:00:00.000 --> 01:00:01.000\n再见\n";
    let subtitles = parsed(text, "a.txt");
    assert_eq!(subtitles.format, Format::Vtt);
    assert_eq!(lines(&subtitles), [(1.0, 2.0, "Hi & bye"), (3600.0, 3601.0, "再见")]);
    assert!(subtitles.warnings.is_empty(), "{:?}", subtitles.warnings);
}

#[test]
fn ass_by_its_format_line() {
    let text = "[Script Info]\nTitle: x\n\n[Events]\nFormat: Start, End, Text\n\
                Comment: 0:00:00.00,0:00:01.00,not this\n\
                Dialogue: 0:00:01.18,0:00:06.85,One, two\\Nthree\nDialogue: x,y,z\n";
    let subtitles = parsed(text, "a.ass");
    assert_eq!(subtitles.format, Format::Ass);
    assert_eq!(lines(&subtitles), [(1.18, 6.85, "One, two\nthree")]);
    assert_eq!(subtitles.warnings.len(), 1);
}

#[test]
fn ttml_with_offsets_spans_and_entities() {
    let text = r#"<?xml version="1.0"?><tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ttp="x" ttp:frameRate="25">
<tt:body><tt:div begin="10s">
  <tt:p begin="1s" dur="2s">Fish &amp;
     chips<tt:br/>&#x4f60;&#22909;</tt:p>
  <tt:p><tt:span begin="00:00:05:05" end="6s">in a span</tt:span></tt:p>
</tt:div></tt:body></tt:tt>"#;
    let subtitles = parsed(text, "a.xml");
    assert_eq!(subtitles.format, Format::Ttml);
    assert_eq!(lines(&subtitles), [(11.0, 13.0, "Fish & chips\n你好"), (15.2, 16.0, "in a span")]);
}

#[test]
fn what_is_no_subtitle_is_told_why() {
    for (bytes, name, reason) in [
        (&b" \nBROKENVTT\n"[..], "a.vtt", "no line like"),
        (b"850STL25.01", "a.stl", "EBU STL"),
        (b"<SAMI><BODY>", "a.smi", "SAMI"),
        (b"{0}{25}Hi", "a.sub", "MicroDVD"),
        (b"PK\x03\x04\0\0\0\x01\x02", "a.srt", "binary"),
        (b"<tt><p begin='1s", "a.ttml", "XML is broken"),
        (b"", "a.srt", "empty"),
    ] {
        let error = parse(bytes, Path::new(name)).expect_err(name).to_string();
        assert!(error.contains(reason), "{name}: {error}");
    }
    let large = vec![b' '; MOST_BYTES as usize + 1];
    let error = parse(&large, Path::new("a.srt")).expect_err("too large").to_string();
    assert!(error.contains("too large"), "{error}");
}

#[test]
fn absurd_times_are_clamped_and_told() {
    let text =
        "00:00:02,000 --> 00:00:01,000\nback\n\n999999999:00:00,000 --> 999999999:00:01,000\nfar\n";
    let subtitles = parsed(text, "a.srt");
    assert_eq!(lines(&subtitles), [(2.0, 2.0, "back"), (359_999.999, 359_999.999, "far")]);
    assert_eq!(subtitles.warnings.len(), 2, "{:?}", subtitles.warnings);
}

#[test]
fn a_file_of_rubbish_gives_few_warnings() {
    let text = "00:00:01,000 --> 00:00:02,000\nok\n".to_owned() + &"1:x --> 1:y\n".repeat(5000);
    let warnings = parsed(&text, "a.srt").warnings;
    assert_eq!(warnings.len(), MOST_WARNINGS + 1);
    assert_eq!(warnings.last().map(String::as_str), Some("and 4980 more"));
}

/// Texts made of what could be mistaken for something else.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "-->",
        "\n",
        "\n\n",
        "<i>",
        "</i>",
        "<",
        ">",
        "&",
        "&amp;",
        "&lt;",
        "&#10;",
        "{\\an8}",
        "{",
        "}",
        "7",
        "12",
        "00:00:01,000 --> 00:00:02,000",
        "WEBVTT",
        "NOTE",
        "\u{a0}",
        "\u{3000}",
        " ",
        "\t",
        "\r",
        "\u{2028}",
        "中文",
        "字幕",
        "word",
        "&nbsp;",
        "<00:00:01.000>",
        "<br>",
        "[Events]",
        "\u{feff}",
        "\\N",
        "-",
        "--",
        ";",
    ]);
    prop_oneof![
        prop::collection::vec(pieces, 1..12).prop_map(|pieces| pieces.concat()),
        any::<String>(),
        "\\PC{1,40}",
    ]
}

fn cues() -> impl Strategy<Value = Vec<Cue>> {
    let cue = (0..time::MOST_MS, 0_i64..100_000, text()).prop_map(|(start, length, text)| {
        let end = (start + length).min(time::MOST_MS);
        Cue::new(Span::new(start as f64 / 1000.0, end as f64 / 1000.0), tidy(&text))
    });
    prop::collection::vec(cue, 1..8).prop_map(|mut cues| {
        cues.retain(|cue| !cue.text.is_empty());
        cues.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
        cues
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_written_is_read_back(cues in cues().prop_filter("a cue with text", |cues| !cues.is_empty())) {
        let vtt = to_vtt(&cues);
        prop_assert_eq!(&parsed(&vtt, "a.vtt").cues, &cues, "{}", vtt);
        let srt = to_srt(&cues);
        prop_assert_eq!(&parsed(&srt, "a.srt").cues, &cues, "{}", srt);
    }

    #[test]
    fn tidy_texts_stay_as_they_are(text in text()) {
        let once = tidy(&text);
        prop_assert_eq!(tidy(&once), once);
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), head in prop::sample::select(vec![
        "", "WEBVTT\n\n", "1\n00:00:01,000 --> 00:00:02,000\n", "[Events]\nDialogue: ", "<tt><p begin='1s'>",
        "\u{feff}", "00:", "{\\", "&#",
    ])) {
        let bytes = [head.as_bytes(), &bytes].concat();
        for name in ["a.srt", "a.vtt", "a.ass", "a.ttml"] {
            if let Ok(subtitles) = parse(&bytes, Path::new(name)) {
                let ordered = subtitles.cues.windows(2).all(|pair| pair[0].span.start <= pair[1].span.start);
                prop_assert!(ordered);
                prop_assert!(subtitles.cues.iter().all(|cue| cue.span.end >= cue.span.start && !cue.text.is_empty()));
            }
        }
    }
}
