//! Files that were cut or changed are noticed, never trusted, never a panic.

use super::{Applied, DIMENSIONS, Document, MODEL, about, ask, document, open, open_as, scenes};
use std::path::{Path, PathBuf};
use vireo_index::{Error, SearchIndex};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.retain(|file| file.extension().is_none_or(|extension| extension != "lock"));
    files.sort();
    files
}

/// An index with one segment, one of its files changed by `harm`.
fn harmed(file: usize, harm: fn(&mut Vec<u8>)) -> Option<(String, tempfile::TempDir)> {
    let dir = tempfile::tempdir().expect("a folder");
    let video = Document {
        embedding: about(1, 0.0),
        description: "Words enough for every file to have a middle.".to_owned(),
        scenes: scenes(&["some words", "其他词语"]),
        ..document("a", "Title")
    };
    open(dir.path()).applied(&[video], &[], 1);
    let file = files(&dir.path().join("v3")).get(file)?.clone();
    let mut bytes = std::fs::read(&file).expect("readable");
    harm(&mut bytes);
    std::fs::write(&file, bytes).expect("writes");
    Some((file.file_name().expect("a name").to_string_lossy().into_owned(), dir))
}

#[test]
fn every_harmed_file_is_noticed_and_a_new_start_mends_it() {
    let harms: [fn(&mut Vec<u8>); 3] = [
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.clear(),
        |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
        },
    ];
    let mut noticed = 0;
    for harm in harms {
        for file in 0.. {
            let Some((name, dir)) = harmed(file, harm) else { break };
            match open_as(dir.path(), MODEL, DIMENSIONS) {
                Err(Error::Damaged { .. }) => noticed += 1,
                Err(other) => panic!("{name}: {other}"),
                Ok(index) => {
                    // Only a file that says nothing may be harmed unnoticed.
                    assert_eq!(index.search_videos(&ask("title")).expect(&name).len(), 1, "{name}");
                }
            }
            SearchIndex::delete(dir.path()).expect("deletes");
            assert_eq!(open(dir.path()).watermark(), 0);
        }
    }
    assert!(noticed >= 15, "{noticed}");
}
