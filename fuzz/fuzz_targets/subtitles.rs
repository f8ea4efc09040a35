//! Any bytes are cues or an error, and what is written is read back:
//! `cargo +nightly fuzz run subtitles`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use vireo_media::subtitles::{parse, to_srt, to_vtt};

fuzz_target!(|bytes: &[u8]| {
    for name in ["a.srt", "a.vtt", "a.ass", "a.ttml"] {
        let Ok(subtitles) = parse(bytes, Path::new(name)) else { continue };
        if subtitles.cues.is_empty() {
            continue;
        }
        for (text, name) in [(to_vtt(&subtitles.cues), "b.vtt"), (to_srt(&subtitles.cues), "b.srt")]
        {
            let again = parse(text.as_bytes(), Path::new(name)).expect("our own writing is read");
            assert_eq!(again.cues, subtitles.cues, "{text}");
        }
    }
});
