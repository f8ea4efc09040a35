//! Any bytes are metadata or an error: `cargo +nightly fuzz run sidecar`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use vireo_domain::{Timestamp, Video, VideoId};
use vireo_media::sidecar::{parse_info_json, parse_nfo};

fuzz_target!(|bytes: &[u8]| {
    let id = VideoId::new("v").expect("a plain id");
    for parse in [parse_info_json, parse_nfo] {
        if let Ok(metadata) = parse(bytes, Path::new("a")) {
            let mut video = Video::new(id.clone(), "title", Timestamp::UNIX_EPOCH);
            metadata.fill(&mut video);
            assert!(!video.title.is_empty());
        }
    }
});
