//! `import`: every format, hostile lines, and that a second time changes nothing.

use crate::installation::{Installation, user, video};
use std::path::Path;
use std::time::Instant;
use vireo_domain::FeedbackKind;
use vireo_server::export;
use vireo_server::import::{self, Report, What};

async fn run(one: &Installation, what: What, path: &Path) -> Report {
    import::run(&one.app, what, path, false, false).await.expect("imports")
}

fn counts(report: &Report) -> (u64, u64, u64, u64) {
    (report.read, report.added, report.known, report.rejected)
}

#[tokio::test(flavor = "multi_thread")]
async fn own_json_lines_with_hostile_ones_among_them() {
    let one = Installation::new().await;
    let mut text = "\u{feff}".to_owned();
    for line in [
        r#"{"user":"ann","video":"v1","kind":"like","at":"2026-01-31T12:00:00Z"}"#,
        "",
        r#"{"user":"ann","video":"v2","kind":"watch","value":0.4,"at":1769860800}"#,
        r#"{"user":"ann","video":"v2","kind":"watch","value":NaN,"at":1769860800}"#,
        r#"{"user":"ann","video":"v2","kind":"rating","value":1e308,"at":1769860800}"#,
        r#"{"user":"ann","video":"v2","kind":"like","at":"2999-01-01T00:00:00Z"}"#,
        r#"{"user":"","video":"v2","kind":"like","at":0}"#,
        r#"{"user":"ann","video":"v2","kind":"adore","at":0}"#,
        r#"{"user":"ann","video":"v2","kind":"like","when":0}"#,
        r#"["ann"]"#,
        r#"{"user":"ann","video":"v1","kind":"like","at":"2026-01-31T12:00:00Z"}"#,
    ] {
        text.push_str(line);
        text.push_str("\r\n");
    }
    let mut bytes = text.into_bytes();
    bytes.extend(b"{\"user\":\"\xff\",\"video\":\"v\",\"kind\":\"like\",\"at\":0}\n");
    let path = one.write("log.jsonl", bytes);

    let dry = import::run(&one.app, What::Feedback, &path, true, false).await.expect("checks");
    let strict = import::run(&one.app, What::Feedback, &path, false, true).await.expect("checks");
    assert!(!dry.written && !strict.written);
    assert_eq!(one.app.store.feedback_count().await.expect("counts"), 0);

    let report = run(&one, What::Feedback, &path).await;
    assert_eq!(counts(&report), (11, 2, 1, 8), "{report:?}");
    let lines: Vec<u64> = report.rejections.iter().map(|rejected| rejected.line).collect();
    assert_eq!(lines, [4, 5, 6, 7, 8, 9, 10, 12]);
    assert_eq!((report.unknown_videos, report.unknown_users), (2, 1));
    assert_eq!(report.missing_videos, [video("v1"), video("v2")]);
    let again = run(&one, What::Feedback, &path).await;
    assert_eq!(counts(&again), (11, 0, 3, 8));
    assert_eq!(one.app.store.feedback_count().await.expect("counts"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn own_tables_with_quotes_and_missing_columns() {
    let one = Installation::new().await;
    let videos = one.write(
        "videos.csv",
        "\u{feff}id,title,tags,published_at,hidden\r\n\
         1,\"Bread, with \"\"salt\"\"\n(and a line end)\",cooking|bread,2026-01-31,no\r\n\
         2,面包,烹饪;面包,,\r\n\
         2,again,,,\r\n\
         3\r\n\
         4,,,,\r\n\
         5,Odd,,someday,\r\n",
    );
    let report = run(&one, What::Videos, &videos).await;
    assert_eq!(counts(&report), (6, 2, 0, 4), "{report:?}");
    let lines: Vec<u64> = report.rejections.iter().map(|rejected| rejected.line).collect();
    assert_eq!(lines, [5, 6, 7, 8], "{report:?}");
    let bread = one.app.store.video(&video("1")).await.expect("reads").expect("is there");
    assert_eq!(bread.title, "Bread, with \"salt\"\n(and a line end)");
    assert_eq!(bread.tags, ["cooking", "bread"]);

    // The second time nothing changes; the admin's veto is not forgotten.
    let before = one.app.store.changes(0, 10).await.expect("changes");
    assert_eq!(counts(&run(&one, What::Videos, &videos).await), (6, 0, 2, 4));
    assert_eq!(one.app.store.changes(0, 10).await.expect("changes"), before);
    one.app.set_hidden(&video("2"), true).await.expect("hides");
    let changed = one.write("videos.jsonl", "{\"id\":2,\"title\":\"新的面包\"}\n");
    let report = run(&one, What::Videos, &changed).await;
    assert_eq!((report.known, report.updated), (1, 1));
    let bread = one.app.store.video(&video("2")).await.expect("reads").expect("is there");
    assert_eq!((bread.title.as_str(), bread.hidden), ("新的面包", true));

    let users = one.write("users.csv", "id,name,language,labels\nann,Ann,en,a|b\n");
    assert_eq!(counts(&run(&one, What::Users, &users).await), (1, 1, 0, 0));
    let ann = one.app.user(&user("ann")).await.expect("reads").expect("is there");
    assert_eq!(ann.labels, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_said_at_once() {
    let one = Installation::new().await;
    for (name, content, words) in [
        ("a.csv", &b"who,what\n1,2\n"[..], "`user` is missing"),
        ("b.jsonl", b"", "empty"),
        ("c.csv.gz", b"\x1f\x8b\x08", "compressed"),
        ("d.csv", b"\xff\xfeu\0s\0", "UTF-16"),
        ("e.json", b"[{}]", "one object a line"),
        ("f.csv", b"movieId,title,genres\n", "holds videos"),
    ] {
        let path = one.write(name, content);
        let error = import::run(&one.app, What::Feedback, &path, false, false).await;
        let error = format!("{:#}", error.expect_err("refused"));
        assert!(error.contains(words) && error.contains(name), "{error}");
    }
    let none = import::run(&one.app, What::Users, &one.path("none.csv"), false, false).await;
    assert!(format!("{:#}", none.expect_err("refused")).contains("none.csv"));
}

#[tokio::test(flavor = "multi_thread")]
async fn gorse_and_movielens() {
    let one = Installation::new().await;
    let items = one.write(
        "items.jsonl",
        "{\"ItemId\":\"i1\",\"IsHidden\":false,\"Categories\":[\"film\"],\"Timestamp\":\"2020-01-01T00:00:00Z\",\"Labels\":[\"drama\"],\"Comment\":\"A film\"}\n",
    );
    assert_eq!(counts(&run(&one, What::Videos, &items).await), (1, 1, 0, 0));
    let log = one.write(
        "feedback.jsonl",
        "{\"FeedbackType\":\"star\",\"UserId\":\"u\",\"ItemId\":\"i1\",\"Timestamp\":\"2020-01-01T00:00:00Z\",\"Comment\":\"\"}\n{\"FeedbackType\":\"zap\",\"UserId\":\"u\",\"ItemId\":\"i1\",\"Timestamp\":\"2020-01-01T00:00:00Z\"}\n",
    );
    let report = run(&one, What::Feedback, &log).await;
    assert_eq!((report.format.as_str(), counts(&report)), ("gorse-jsonl", (2, 1, 0, 1)));

    one.write("ml/u.data", "1\t2\t3\t881250949\n1\t3\t9\t881250949\n2\t2\t5\t881250950\n");
    one.write("ml/u.user", "1|24|M|technician|85711\n2|30|F|artist|1\n");
    let flags = "0|0|0|0|0|1|0|0|0|0|0|0|0|0|0|0|0|0|0";
    let latin = b"2|Les Mis\xe9rables (1995)|01-Jan-1995||http://x/|".iter().copied();
    one.write("ml/u.item", latin.chain(flags.bytes()).collect::<Vec<u8>>());
    let report = run(&one, What::Feedback, &one.path("ml")).await;
    assert_eq!(counts(&report), (6, 5, 0, 1), "{report:?}");
    assert_eq!(report.parts.len(), 3);
    assert_eq!(report.unknown_videos, 0);
    let film = one.app.store.video(&video("2")).await.expect("reads").expect("is there");
    assert_eq!(
        (film.title.as_str(), &film.tags[..]),
        ("Les Misérables (1995)", &["Comedy".to_owned()][..])
    );
    let rated = one.app.store.of_user(&user("2"), 5).await.expect("reads");
    assert_eq!((rated[0].kind, rated[0].value), (FeedbackKind::Rating, Some(5.0)));

    one.write(
        "latest/movies.csv",
        "movieId,title,genres\n7,\"Matrix, The (1999)\",Action|Sci-Fi\n8,X,(no genres listed)\n",
    );
    one.write("latest/ratings.csv", "userId,movieId,rating,timestamp\n9,7,4.5,964982703\n");
    one.write("latest/tags.csv", "userId,movieId,tag,timestamp\n9,7,Cyberpunk,1445714994\n");
    let report = run(&one, What::Feedback, &one.path("latest")).await;
    assert_eq!(counts(&report), (4, 4, 0, 0), "{report:?}");
    let matrix = one.app.store.video(&video("7")).await.expect("reads").expect("is there");
    assert_eq!(matrix.tags, ["Action", "Sci-Fi", "cyberpunk"]);
    assert_eq!(matrix.published_at.expect("year").to_string(), "1999-01-01T00:00:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_comes_back_as_it_was() {
    let one = Installation::new().await;
    one.app.store.put_videos(&crate::installation::catalogue()).await.expect("puts");
    let like = crate::installation::action("ann", "chess-1", FeedbackKind::Like, None);
    one.app.record(std::slice::from_ref(&like)).await.expect("records");
    let written = export::run(&one.app, &one.path("out")).await.expect("exports");
    assert!(written.contains(&("videos.jsonl".to_owned(), 12)), "{written:?}");

    let two = Installation::new().await;
    let report = run(&two, What::Feedback, &one.path("out")).await;
    assert_eq!(counts(&report), (13, 13, 0, 0), "{report:?}");
    let videos = |app: &vireo_server::App| {
        let store = std::sync::Arc::clone(&app.store);
        async move { store.videos(None, 100).await.expect("videos") }
    };
    assert_eq!(videos(&one.app).await, videos(&two.app).await);
    assert_eq!(two.app.store.of_user(&user("ann"), 5).await.expect("reads"), [like]);
}

/// The whole of MovieLens, where it lies beside the checkout.
#[tokio::test(flavor = "multi_thread")]
async fn movielens_as_it_is() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/interactions");
    if !shared.is_dir() {
        eprintln!("skipped: {} is not there", shared.display());
        return;
    }
    for (name, ratings) in [("ml-100k", 100_000), ("ml-latest-small", 100_836)] {
        let one = Installation::new().await;
        let started = Instant::now();
        let report = run(&one, What::Feedback, &shared.join(name)).await;
        let seconds = started.elapsed().as_secs_f64();
        eprintln!("{name}: {} records in {seconds:.2} s", report.read);
        assert_eq!(report.rejected, 0, "{:?}", report.rejections);
        assert!(one.app.store.feedback_count().await.expect("counts") >= ratings);
    }
}
