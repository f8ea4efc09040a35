//! The page in a real browser: play, seek by the transcript, like, search to
//! the second, language, keyboard. Skipped where there is no Chromium.

use crate::site;
use anyhow::{Context, Result, bail, ensure};
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use vireo_server::App;

/// Where Debian and Ubuntu put it.
const CHROMIUM: &str = "/usr/bin/chromium";

const PATIENCE: Duration = Duration::from_secs(30);

/// A driver that goes when the test does.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_there(program: &str, flag: &str) -> bool {
    Command::new(program).arg(flag).output().is_ok_and(|run| run.status.success())
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

async fn browser(dir: &Path) -> Result<(Driver, Client)> {
    let port = free_port()?;
    let child = Command::new("chromedriver")
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let driver = Driver(child);
    let profile = format!("--user-data-dir={}", dir.join("profile").display());
    let options = json!({"binary": CHROMIUM, "args": [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
        "--lang=en", "--window-size=1280,900", profile,
    ]});
    let mut capabilities = serde_json::Map::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    let begun = Instant::now();
    loop {
        let address = format!("http://127.0.0.1:{port}");
        match ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.clone())
            .connect(&address)
            .await
        {
            Ok(client) => return Ok((driver, client)),
            Err(error) if begun.elapsed() > PATIENCE => bail!("no browser: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// A film of `seconds` that Chromium can play, with sound.
fn film(path: &Path, seconds: u32, hue: u32) -> Result<()> {
    let picture = format!("testsrc2=size=320x180:rate=10:duration={seconds},hue=h={hue}");
    let sound = format!("sine=frequency={}:duration={seconds}", 300 + hue);
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &picture])
        .args(["-f", "lavfi", "-i", &sound, "-c:v", "libvpx", "-b:v", "200k", "-g", "10"])
        .args(["-deadline", "realtime", "-cpu-used", "8", "-c:a", "libvorbis", "-shortest"])
        .arg(path)
        .status()
        .context("ffmpeg")?;
    ensure!(done.success(), "ffmpeg did not make {}", path.display());
    Ok(())
}

const FILMS: [(&str, &str, [&str; 3]); 3] = [
    (
        "kettle",
        "The whistling kettle",
        ["Fill the kettle.", "Now it whistles loudly.", "Pour the tea."],
    ),
    ("pruning", "Pruning roses", ["Look at the rose.", "Cut above a bud.", "Sweep up the twigs."]),
    ("xiangqi", "象棋入门", ["大家好。", "马走日字。", "将军！"]),
];

/// Films with sidecars in a folder, ingested as a user would do it.
async fn ingest(app: &App, dir: &Path) -> Result<()> {
    let folder = dir.join("films");
    std::fs::create_dir_all(&folder)?;
    for (place, (name, title, lines)) in FILMS.iter().enumerate() {
        film(&folder.join(format!("{name}.webm")), 12, place as u32 * 90)?;
        let mut vtt = "WEBVTT\n\n".to_owned();
        for (cue, line) in lines.iter().enumerate() {
            let (start, end) = (cue * 4, cue * 4 + 1);
            writeln!(vtt, "00:{start:02}.000 --> 00:{end:02}.500\n{line}\n")?;
        }
        let language = if title.is_ascii() { "en" } else { "zh" };
        std::fs::write(folder.join(format!("{name}.{language}.vtt")), vtt)?;
        let info = json!({"title": title, "channel": "Test", "language": language});
        std::fs::write(folder.join(format!("{name}.info.json")), info.to_string())?;
    }
    take_in(app, &folder).await?;
    app.refresh().await
}

async fn take_in(app: &App, folder: &Path) -> Result<()> {
    use vireo_server::jobs::ingest::{self, Options};
    let options = Options { workers: 1, again: false, dry_run: false, watch: false };
    let report = ingest::run(app, &[folder.to_owned()], &options, &|_| {}).await?;
    ensure!(report.failed.is_empty() && report.added == FILMS.len(), "{report:?}");
    Ok(())
}

async fn serve(app: App) -> Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, vireo_server::serve::router(app)).await });
    Ok(address)
}

/// Runs `script` until it answers true.
async fn until(client: &Client, what: &str, script: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        // A script that meets a page on its way to another is aborted: not yet.
        let answer = match client.execute(&format!("return ({script})"), Vec::new()).await {
            Ok(Value::Bool(true)) => return Ok(()),
            Ok(answer) => answer.to_string(),
            Err(error) => error.to_string(),
        };
        ensure!(begun.elapsed() < PATIENCE, "waited in vain until {what}; now: {answer}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn value(client: &Client, script: &str) -> Result<Value> {
    Ok(client.execute(&format!("return ({script})"), Vec::new()).await?)
}

async fn walk(client: &Client, site: &str) -> Result<()> {
    // Somebody new is nobody yet, sees the start, and all films as cards with reasons.
    client.goto(site).await?;
    ensure!(client.find(Locator::Css("#say")).await.is_ok(), "no start box");
    let cards = client.find_all(Locator::Css("#cards .card")).await?.len();
    ensure!(cards == FILMS.len(), "{cards} cards");
    ensure!(client.find_all(Locator::Css("#cards .reason")).await?.len() == cards, "reasons");

    ensure!(value(client, "document.body.dataset.viewer").await? == "", "only looked");
    ensure!(client.get_all_cookies().await?.is_empty(), "only looked");

    // The keyboard reaches the content first, visibly.
    let body = client.find(Locator::Css("body")).await?;
    body.send_keys(&Key::Tab.to_string()).await?;
    ensure!(value(client, "document.activeElement.className").await? == "skip", "skip link first");
    let seen = "getComputedStyle(document.activeElement).outlineStyle !== 'none'";
    until(client, "the focus can be seen", seen).await?;

    // A film plays, and a line of its transcript is a place to jump to.
    client.find(Locator::LinkText("The whistling kettle")).await?.click().await?;
    until(client, "the film is loaded", "document.querySelector('#player').readyState >= 1")
        .await?;
    ensure!(value(client, "document.querySelectorAll('#lines a').length").await? == 3, "lines");
    client.execute("document.querySelector('#player').play()", Vec::new()).await?;
    until(client, "it plays", "document.querySelector('#player').currentTime > 0.2").await?;
    client.find(Locator::Css("#lines li:nth-child(3) a")).await?.click().await?;
    until(client, "it jumped", "document.querySelector('#player').currentTime >= 8").await?;
    let current = "document.querySelector('#lines a[aria-current]')?.textContent.includes('Pour')";
    until(client, "the line is marked", current).await?;
    let subtitles = "document.querySelector('#player').textTracks[0]?.cues?.length === 3";
    until(client, "the subtitles are loaded", subtitles).await?;

    // Where the times of words are known, the arrows go from word to word.
    let words = "const player = document.querySelector('#player'); player.pause(); \
                 const line = document.querySelector('#lines li:nth-child(3) a'); \
                 line.insertAdjacentHTML('beforeend', \
                 '<i data-start=\"8\">Pour </i><i data-start=\"11\">tea.</i>'); \
                 player.currentTime = 8; line.focus()";
    client.execute(words, Vec::new()).await?;
    let right = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', \
                 {key: 'ArrowRight', bubbles: true, cancelable: true}))";
    client.execute(right, Vec::new()).await?;
    let there = "document.querySelector('#player').currentTime === 11";
    until(client, "the arrow goes to the next word", there).await?;

    // A mark on the line of time is a place to jump to, also by the keyboard.
    let marks = value(client, "document.querySelectorAll('.marks a').length").await?;
    ensure!(marks.as_u64().is_some_and(|marks| marks >= 3), "{marks} marks of what is said");
    client.execute("document.querySelector('.marks a').focus()", Vec::new()).await?;
    client.execute(right, Vec::new()).await?;
    let second = "document.activeElement.dataset.start === '4'";
    until(client, "the next mark has the focus", second).await?;

    // What is to be seen there is shown over it, and wherever the pointer is.
    let glimpse = "document.querySelector('#glimpse')";
    let cues = "document.querySelector('track[kind=metadata]').track.cues?.length > 10";
    until(client, "the sprite's track is loaded", cues).await?;
    let point = |x: f64| {
        format!(
            "(() => {{ const lane = document.querySelector('.marks'); \
             const {{left, width}} = lane.getBoundingClientRect(); \
             lane.dispatchEvent(new PointerEvent('pointermove', \
             {{clientX: left + width * {x}, bubbles: true}})); return true }})()"
        )
    };
    until(client, "the pointer is over the line of time", &point(0.75)).await?;
    let shown = format!(
        "!{glimpse}.hidden && {glimpse}.textContent === '0:09' \
         && {glimpse}.style.backgroundImage.includes('/sprite.jpg')"
    );
    until(client, "a picture is shown", &shown).await?;
    let escape = "!document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'})) || true";
    until(client, "Escape is pressed", escape).await?;
    until(client, "it is gone", &format!("{glimpse}.hidden")).await?;
    let press = "document.activeElement.dispatchEvent(new MouseEvent('click', \
                 {bubbles: true, cancelable: true}))";
    client.execute(press, Vec::new()).await?;
    let player = "document.querySelector('#player').currentTime";
    until(client, "it jumped back", &format!("{player} >= 4 && {player} < 8")).await?;
    let now = "Number(document.querySelector('.marks .now').getAttribute('x')) > 300";
    until(client, "the line of time shows where we are", now).await?;
    ensure!(value(client, "document.body.dataset.viewer").await? != "", "playing is an action");

    // A statement can be rejected, and stays so.
    client.find(Locator::Css("#timeline a[href$='#checked']")).await?.click().await?;
    let reject = "tbody tr:first-child [data-verdict=rejected]";
    client.wait().at_most(PATIENCE).for_element(Locator::Css(reject)).await?.click().await?;
    let pressed = format!("document.querySelector('{reject}').ariaPressed === 'true'");
    until(client, "the verdict is taken", &pressed).await?;
    client.refresh().await?;
    until(client, "the verdict is remembered", &pressed).await?;
    client.back().await?;

    // A like is felt at the next look at the feed.
    client.find(Locator::Css("article [data-act=like]")).await?.click().await?;
    let pressed = "document.querySelector('article [data-act=like]').ariaPressed === 'true'";
    until(client, "the like is taken", pressed).await?;
    client.goto(site).await?;
    let left = client.find_all(Locator::Css("#cards .card")).await?.len();
    ensure!(left < cards, "the liked film is still in the feed");

    // What does not interest leaves at once, comes back when that is undone, and
    // else stays away.
    let hide = Locator::Css("#cards .card [data-act=hide]");
    client.find(hide).await?.click().await?;
    let gone = format!("document.querySelectorAll('#cards .card').length === {}", left - 1);
    until(client, "the card is gone", &gone).await?;
    let undo = "document.querySelector('#toast button').focus()";
    client.execute(undo, Vec::new()).await?;
    client.active_element().await?.send_keys(&Key::Enter.to_string()).await?;
    let back = format!("document.querySelectorAll('#cards .card').length === {left}");
    until(client, "the card is back", &back).await?;
    client.refresh().await?;
    until(client, "it is not hidden", &back).await?;
    client.find(hide).await?.click().await?;
    until(client, "the card is gone again", &gone).await?;
    client.refresh().await?;
    until(client, "it stays away", &gone).await?;

    // A search opens at the second.
    let box_ = client.find(Locator::Css("#q")).await?;
    box_.send_keys(&format!("whistles{}", Key::Enter)).await?;
    client.wait().at_most(PATIENCE).for_element(Locator::Css("a.moment")).await?.click().await?;
    until(client, "a film is open", "!!document.querySelector('#player')").await?;
    let second = value(client, "Number(new URLSearchParams(location.search).get('t'))").await?;
    ensure!(second.as_f64().is_some_and(|t| (3.0..5.0).contains(&t)), "opens at {second}");
    let there = format!(
        "document.querySelector('#player').readyState >= 1 \
         && Math.abs(document.querySelector('#player').currentTime - {second}) < 0.3"
    );
    until(client, "it is at the second", &there).await?;

    // The page speaks Chinese when asked to, and stays where it is.
    client.find(Locator::Css(".language button")).await?.click().await?;
    until(client, "it speaks Chinese", "document.documentElement.lang === 'zh-Hans'").await?;
    let path = client.current_url().await?;
    ensure!(path.path().starts_with("/watch/"), "{path}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_walks_through_the_page() {
    for (program, flag) in
        [("chromedriver", "--version"), (CHROMIUM, "--version"), ("ffmpeg", "-version")]
    {
        if !is_there(program, flag) {
            eprintln!("skipped: {program} is not there; apt-get install chromium-driver ffmpeg");
            return;
        }
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let app = site::app(dir.path(), |config| {
        config.understand.speech = false;
        config.understand.scene_seconds = (3.0, 5.0);
    })
    .await;
    ingest(&app, dir.path()).await.expect("the films are taken in");
    let site = serve(app).await.expect("a server");
    let (driver, client) = browser(dir.path()).await.expect("a browser");
    let walked = walk(&client, &site).await;
    if walked.is_err()
        && let Ok(picture) = client.screenshot().await
    {
        let path = std::env::temp_dir().join("vireo-browser-test.png");
        if std::fs::write(&path, picture).is_ok() {
            eprintln!("what the browser showed: {}", path.display());
        }
    }
    client.close().await.expect("the browser closes");
    drop(driver);
    walked.expect("the walk through the page");
}
