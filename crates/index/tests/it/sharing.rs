//! Several processes in one folder.

use super::{Applied, DIMENSIONS, Document, about, ask, document, names, open, open_as};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use vireo_index::Error;

const FOLDER: &str = "VIREO_TEST_SHARES";
const EACH: usize = 8;

#[test]
fn a_second_writer_is_told_and_readers_go_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let index = open(dir.path());
    index.applied(&[document("a", "Title")], &[], 1);
    let other = tantivy::Index::open_in_dir(dir.path().join("v3")).expect("opens");
    let writer: tantivy::IndexWriter =
        other.writer_with_num_threads(1, 15_000_000).expect("takes the lock");
    let refused = index.apply(&[document("b", "Title")], &[], 2);
    assert!(matches!(refused, Err(Error::Locked(_))), "{refused:?}");
    assert_eq!(names(&index.search_videos(&ask("title")).expect("search")), ["a"]);
    assert_eq!(open(dir.path()).watermark(), 1);
    drop(writer);
    index.applied(&[document("b", "Title")], &[], 2);
}

#[test]
fn a_reader_sees_the_others_commits_when_it_looks_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let (writer, reader) = (open(dir.path()), open(dir.path()));
    let video = Document { embedding: about(1, 0.0), ..document("a", "Title") };
    writer.applied(&[video], &[], 5);
    assert_eq!((reader.watermark(), reader.search_videos(&ask("title")).expect("s").len()), (0, 0));
    reader.reload().expect("looks");
    assert_eq!((reader.watermark(), reader.search_videos(&ask("title")).expect("s").len()), (5, 1));
    assert_eq!(reader.nearest_videos(&about(1, 0.0), 9, &|_| true).expect("search").len(), 1);
    let other = open_as(dir.path(), "another", DIMENSIONS).expect("starts anew");
    other.applied(&[], &[], 1);
    assert!(matches!(reader.reload(), Err(Error::Damaged { .. })));
}

fn write_some(folder: &Path, who: &str) {
    let index = open(folder);
    for n in 0..EACH {
        let video = document(&format!("{who}{n}"), "Title");
        loop {
            match index.apply(std::slice::from_ref(&video), &[], 1) {
                Ok(()) => break,
                Err(Error::Locked(_)) => std::thread::sleep(Duration::from_millis(3)),
                Err(other) => panic!("{other}"),
            }
        }
    }
}

/// The other process: this test binary, run again with `FOLDER` set.
#[test]
fn the_other_process() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    write_some(Path::new(&folder), "child");
}

#[test]
fn two_processes_write_in_turns() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(std::env::current_exe().expect("this test binary"))
        .args(["--exact", "sharing::the_other_process"])
        .env(FOLDER, dir.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    write_some(dir.path(), "parent");
    assert!(child.wait().expect("ends").success());
    let all = super::Query { limit: 100, ..ask("title") };
    assert_eq!(open(dir.path()).search_videos(&all).expect("search").len(), 2 * EACH);
}
