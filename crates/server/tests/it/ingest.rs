//! `jobs::ingest`: files into the catalogue.

use crate::installation::{Installation, clip, open, options};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use vireo_server::app::{FeedQuery, SearchBy, SearchRequest};
use vireo_server::jobs::ingest::{self, Event, Options};
use vireo_store::JobState;

fn search(text: &str) -> SearchRequest {
    SearchRequest { text: text.to_owned(), language: None, limit: 10, by: SearchBy::Both }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_changes_nothing_and_copies_are_one_video() {
    let one = Installation::new().await;
    clip(&one.path("in/kettle.mp4"), 300);
    clip(&one.path("in/violin.mkv"), 500);
    fs::copy(one.path("in/kettle.mp4"), one.path("in/zopy.mp4")).expect("copied");
    let root = [one.path("in")];

    let first = one.ingest(&root).await;
    assert_eq!((first.added, first.duplicates, first.failed.len()), (2, 1, 0), "{first:?}");
    let is_told = |(_, why): &(PathBuf, String)| why.contains("only the name of its file");
    assert_eq!(first.warnings.iter().filter(|warning| is_told(warning)).count(), 2, "{first:?}");
    let before = one.app.store.changes(0, 100).await.expect("changes");
    let second = one.ingest(&root).await;
    assert_eq!((second.added, second.unchanged, second.duplicates), (0, 2, 1), "{second:?}");
    assert_eq!(one.app.store.changes(0, 100).await.expect("changes"), before);

    let found = one.app.search(&search("kettle")).await.expect("found");
    assert_eq!(found.videos[0].video.title, "kettle");
    assert!(one.app.cover_path(&found.videos[0].video.id).is_some());

    let again = Options { again: true, ..options() };
    let third = ingest::run(&one.app, &root, &again, &|_| {}).await.expect("runs");
    assert_eq!((third.added, third.updated, third.duplicates), (0, 2, 1), "{third:?}");
    assert_eq!(one.app.store.video_count().await.expect("counts"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_fail_by_themselves_and_say_why() {
    let one = Installation::new().await;
    clip(&one.path("in/good.mp4"), 300);
    one.write("in/empty.mp4", "");
    one.write("in/text.mp4", "this is no film at all, only some words\n".repeat(50));
    let whole = fs::read(one.path("in/good.mp4")).expect("read");
    one.write("in/cut.mp4", &whole[..whole.len() / 2]);
    let report = one.ingest(&[one.path("in"), one.path("in/nothing.mp4")]).await;
    assert_eq!(report.added, 1, "{report:?}");
    let reasons: Vec<String> = report
        .failed
        .iter()
        .map(|(path, reason)| format!("{}: {reason}", path.file_name().expect("name").display()))
        .collect();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    for (name, words) in [("nothing", "No such file"), ("empty", "empty"), ("text", "not a video")]
    {
        let reason = reasons.iter().find(|reason| reason.starts_with(name)).expect(name);
        assert!(reason.contains(words), "{reason}");
    }
    let counts = one.app.store.job_counts("ingest").await.expect("counts");
    assert!(counts.contains(&(JobState::Failed, 3)), "{counts:?}");
    // A file that failed is tried again, and heals when it is replaced.
    clip(&one.path("in/text.mp4"), 700);
    let report = one.ingest(&[one.path("in")]).await;
    assert_eq!((report.added, report.unchanged, report.failed.len()), (1, 1, 2), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_and_replaced_files_keep_the_catalogue_straight() {
    let one = Installation::new().await;
    clip(&one.path("in/a.mp4"), 300);
    one.ingest(&[one.path("in")]).await;
    let first = one.app.store.videos(None, 10).await.expect("videos").remove(0);
    assert!(one.app.set_hidden(&first.id, true).await.expect("hides"));

    fs::rename(one.path("in/a.mp4"), one.path("in/b.mp4")).expect("moved");
    let report = one.ingest(&[one.path("in")]).await;
    assert_eq!((report.added, report.updated), (0, 1), "{report:?}");
    let moved = one.app.store.video(&first.id).await.expect("reads").expect("is there");
    assert!(moved.media.expect("media").path.ends_with("b.mp4"));
    assert!(moved.hidden, "the admin's veto survives");
    assert_eq!(moved.added_at, first.added_at);

    clip(&one.path("in/b.mp4"), 900);
    let report = one.ingest(&[one.path("in")]).await;
    assert_eq!(report.added, 1, "{report:?}");
    assert!(report.warnings.iter().any(|(_, why)| why.contains("replaces")), "{report:?}");
    let videos = one.app.store.videos(None, 10).await.expect("videos");
    assert_eq!(videos.len(), 1);
    assert_ne!(videos[0].id, first.id);

    fs::remove_file(one.path("in/b.mp4")).expect("removed");
    let report = one.ingest(&[one.path("in")]).await;
    assert!(report.warnings.iter().any(|(_, why)| why.contains("gone")), "{report:?}");
    assert_eq!(report.missing, 1);
    assert!(one.app.missing().contains(&videos[0].id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_file_that_goes_is_left_out_until_it_comes_back() {
    let one = Installation::new().await;
    clip(&one.path("in/here.mp4"), 300);
    clip(&one.path("in/stays.mp4"), 500);
    one.ingest(&[one.path("in")]).await;
    let (app, root) = (one.app.clone(), [one.path("in")]);
    let run = tokio::spawn(async move {
        let watch = Options { watch: true, ..options() };
        ingest::run(&app, &root, &watch, &|_| {}).await.map(drop)
    });
    let other = open(one.dir.path()).await;
    let missing = async |wanted: usize| {
        for _ in 0..150 {
            other.refresh().await.expect("follows");
            if other.missing().len() == wanted {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    };
    tokio::time::sleep(Duration::from_millis(1500)).await;
    fs::rename(one.path("in/here.mp4"), one.path("away.mp4")).expect("moved away");
    assert!(missing(1).await, "it was noticed");
    let user = crate::installation::user("ann");
    let query = FeedQuery { limit: 9, ..FeedQuery::default() };
    assert_eq!(other.feed(&user, &query).await.expect("a page").items.len(), 1);
    assert_eq!(other.store.video_count().await.expect("counts"), 2, "nothing was deleted");

    fs::create_dir_all(one.path("in/there")).expect("a folder");
    fs::rename(one.path("away.mp4"), one.path("in/there/again.mp4")).expect("moved back");
    assert!(missing(0).await, "it is back, elsewhere");
    run.abort();
    let videos = other.store.videos(None, 9).await.expect("videos");
    let path = |video: &vireo_domain::Video| video.media.as_ref().expect("a file").path.clone();
    assert!(videos.iter().any(|video| path(video).ends_with("in/there/again.mp4")), "{videos:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beside_a_video_is_read_when_it_comes() {
    let one = Installation::new().await;
    clip(&one.path("in/talk.mp4"), 300);
    one.ingest(&[one.path("in")]).await;
    let subtitles = "1\n00:00:00,100 --> 00:00:00,900\n今天我们做酸面包\n";
    one.write("in/talk.zh.srt", subtitles);
    let report = one.ingest(&[one.path("in")]).await;
    assert_eq!((report.updated, report.added), (1, 0), "{report:?}");
    let found = one.app.search(&search("酸面包")).await.expect("found");
    assert_eq!(found.videos.len(), 1);
    assert_eq!(found.scenes.len(), 1);
    let id = &found.videos[0].video.id;
    let vtt = one.app.data_dir.join(format!("subtitles/{id}.zh.vtt"));
    let vtt = fs::read_to_string(vtt).expect("written");
    assert!(vtt.starts_with("WEBVTT") && vtt.contains("酸面包"), "{vtt}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_dead_worker_is_done_at_once() {
    let one = Installation::new().await;
    clip(&one.path("in/a.mp4"), 300);
    let key = one.path("in/a.mp4").canonicalize().expect("path");
    let key = key.to_str().expect("utf-8");
    let store = &one.app.store;
    store.enqueue("ingest", key, &serde_json::json!({}), None).await.expect("queued");
    store.claim("ingest", "4711-dead", 100_000).await.expect("claims").expect("a job");
    // A killed worker leaves its file, but nobody holds the lock on it.
    one.write("data/workers/4711-dead", "");
    let report = one.ingest(&[one.path("in")]).await;
    assert_eq!(report.added, 1, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_only_says_what_it_would_do() {
    let one = Installation::new().await;
    clip(&one.path("in/a.mp4"), 300);
    let planned = std::sync::Mutex::new(Vec::new());
    let dry = Options { dry_run: true, ..options() };
    let note = |event| {
        if let Event::Planned { path, reason } = event {
            planned.lock().expect("lock").push((path, reason));
        }
    };
    let report = ingest::run(&one.app, &[one.path("in")], &dry, &note).await.expect("runs");
    assert_eq!(report.added, 1);
    let planned: Vec<(PathBuf, Option<&str>)> = planned.into_inner().expect("lock");
    assert_eq!(planned[0].1, Some("new"));
    assert_eq!(one.app.store.video_count().await.expect("counts"), 0);
    assert_eq!(
        one.app.store.job_counts("ingest").await.expect("counts").iter().map(|c| c.1).sum::<u64>(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_takes_what_comes_when_it_is_complete() {
    let one = Installation::new().await;
    fs::create_dir_all(one.path("in")).expect("folder");
    let app = one.app.clone();
    let root = [one.path("in")];
    let run = tokio::spawn(async move {
        let watch = Options { watch: true, ..options() };
        ingest::run(&app, &root, &watch, &|_| {}).await.map(drop)
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    clip(&one.path("elsewhere/late.mp4"), 640);
    let whole = fs::read(one.path("elsewhere/late.mp4")).expect("read");
    // It grows before our eyes, in a folder that is new too.
    for part in 1..=4 {
        one.write("in/new/late.mp4", &whole[..whole.len() * part / 4]);
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let other = open(one.dir.path()).await;
    for _ in 0..300 {
        other.refresh().await.expect("follows");
        if other.snapshot().items.len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    run.abort();
    assert_eq!(other.search(&search("late")).await.expect("found").videos.len(), 1);
    let failed = other.store.jobs("ingest", JobState::Failed, 10).await.expect("jobs");
    assert!(failed.is_empty(), "the half file was left alone: {failed:?}");
}
