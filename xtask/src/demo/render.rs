//! Makes one demo video with espeak-ng and ffmpeg: a moving picture of its
//! subject, its title and tags, speech (English) or music and subtitles (Chinese).

use super::script::{Look, Mood, Script, looks};
use crate::root;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const WIDTH: u32 = 640;
const HEIGHT: u32 = 360;
const RATE: u32 = 15;
/// Pause between two lines, in seconds.
const PAUSE: f64 = 0.45;
/// Before the first line, while the title stands.
const LEAD: f64 = 1.5;

/// A line with its time.
struct Line<'a> {
    start: f64,
    end: f64,
    text: &'a str,
}

/// Makes `<id>.mp4` with its sidecars in `folder`, unless it is there. `place`
/// varies voice, tune and motion.
pub(crate) fn video(script: &Script, place: usize, folder: &Path) -> Result<()> {
    let done = folder.join(format!("{}.mp4", script.id));
    if done.exists() {
        return Ok(());
    }
    let work = folder.join(format!(".{}", script.id));
    fs::create_dir_all(&work)?;
    let (lines, sound) = if script.chinese {
        let lines = silent_times(script);
        (lines, Sound::Music)
    } else {
        let (lines, wav) = speak(script, place, &work)?;
        (lines, Sound::Speech(wav))
    };
    let length = lines.last().map_or(LEAD, |line| line.end) + 1.5;
    let overlay = work.join("text.ass");
    fs::write(&overlay, burnt_in(script, length))?;
    let look = looks()?.remove(&script.subject).context("a subject without a look")?;
    let half_done = work.join("video.mp4");
    encode(script, place, &look, &overlay, &sound, length, &half_done)?;
    write_sidecars(script, place, &lines, folder)?;
    // Last: what has this name is whole.
    fs::rename(&half_done, &done)?;
    fs::remove_dir_all(&work)?;
    Ok(())
}

enum Sound {
    Speech(PathBuf),
    Music,
}

fn silent_times(script: &Script) -> Vec<Line<'_>> {
    let mut start = LEAD;
    let mut lines = Vec::new();
    for text in &script.lines {
        let end = start + 1.2 + 0.22 * text.chars().count() as f64;
        lines.push(Line { start, end, text });
        start = end + 0.2;
    }
    lines
}

/// Speaks every line and joins them into one file.
fn speak<'a>(script: &'a Script, place: usize, work: &Path) -> Result<(Vec<Line<'a>>, PathBuf)> {
    const VOICES: [&str; 6] = ["en-us", "en-gb", "en-us+f3", "en-gb+m3", "en-us+m7", "en-gb+f2"];
    let speed = match script.mood {
        Mood::Calm => "140",
        Mood::Serious => "145",
        Mood::Informative => "155",
        Mood::Cheerful => "160",
        Mood::Exciting => "170",
    };
    let mut start = LEAD;
    let mut lines = Vec::new();
    let mut list = String::new();
    pause(&work.join("lead.wav"), LEAD)?;
    pause(&work.join("pause.wav"), PAUSE)?;
    list.push_str("file 'lead.wav'\n");
    for (number, text) in script.lines.iter().enumerate() {
        let name = format!("line{number}.wav");
        let wav = work.join(&name);
        finish(
            Command::new("espeak-ng")
                .args(["-v", VOICES[place % VOICES.len()], "-s", speed, "-w"])
                .arg(&wav)
                .arg("--")
                .arg(text),
        )?;
        let seconds = wav_seconds(&wav)?;
        lines.push(Line { start, end: start + seconds, text });
        start += seconds + PAUSE;
        writeln!(list, "file '{name}'\nfile 'pause.wav'")?;
    }
    let listed = work.join("list.txt");
    fs::write(&listed, list)?;
    let joined = work.join("speech.wav");
    finish(
        ffmpeg()
            .args(["-f", "concat", "-safe", "0", "-i"])
            .arg(&listed)
            .arg("-c")
            .arg("copy")
            .arg(&joined),
    )?;
    Ok((lines, joined))
}

/// Silence in espeak-ng's format: 22,050 Hz, 16 bit, mono.
fn pause(path: &Path, seconds: f64) -> Result<()> {
    finish(
        ffmpeg()
            .args(["-f", "lavfi", "-i", "anullsrc=r=22050:cl=mono", "-t", &seconds.to_string()])
            .args(["-c:a", "pcm_s16le"])
            .arg(path),
    )
}

/// Length of a 22,050 Hz mono 16 bit WAV file, by its size (44 bytes of header).
fn wav_seconds(path: &Path) -> Result<f64> {
    let bytes = fs::metadata(path).with_context(|| path.display().to_string())?.len();
    ensure!(bytes > 1_000, "espeak-ng wrote no sound into {}", path.display());
    Ok((bytes - 44) as f64 / 44_100.0)
}

/// Channel, title and tags as an ASS overlay.
fn burnt_in(script: &Script, length: f64) -> String {
    let mut ass = format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: {WIDTH}\nPlayResY: {HEIGHT}\nWrapStyle: 0\n\n\
         [V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, \
         Bold, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV\n\
         Style: Title,Noto Sans CJK SC,34,&H00FFFFFF,&H64000000,&H64000000,1,1,2,1,7,30,270,40\n\
         Style: Channel,Noto Sans CJK SC,17,&H30FFFFFF,&H64000000,&H64000000,0,1,1,0,7,32,240,16\n\
         Style: Tags,Noto Sans CJK SC,17,&H20FFFFFF,&H64000000,&H64000000,0,1,1,0,1,32,40,18\n\n\
         [Events]\nFormat: Layer, Start, End, Style, Text\n"
    );
    let tags = script.tags.iter().map(|tag| format!("#{tag}")).collect::<Vec<_>>().join("  ");
    for (style, text) in [("Channel", &script.channel), ("Title", &script.title), ("Tags", &tags)] {
        let _ =
            writeln!(ass, "Dialogue: 0,{},{},{style},{}", clock(0.0), clock(length), escape(text));
    }
    ass
}

fn escape(text: &str) -> String {
    text.replace(['{', '}'], "").replace('\n', "\\N")
}

/// `h:mm:ss.cc` of ASS.
fn clock(seconds: f64) -> String {
    let hundredths = (seconds * 100.0).round() as u64;
    let (minutes, rest) = (hundredths / 6_000, hundredths % 6_000);
    format!("{}:{:02}:{:02}.{:02}", minutes / 60, minutes % 60, rest / 100, rest % 100)
}

fn encode(
    script: &Script,
    place: usize,
    look: &Look,
    overlay: &Path,
    sound: &Sound,
    length: f64,
    to: &Path,
) -> Result<()> {
    let (pace, drift) = match script.mood {
        Mood::Calm | Mood::Serious => (0.6, 22),
        Mood::Informative => (0.9, 30),
        Mood::Cheerful => (1.5, 40),
        Mood::Exciting => (2.4, 60),
    };
    let [from_colour, to_colour] = &look.colours;
    let background = format!(
        "gradients=s={WIDTH}x{HEIGHT}:r={RATE}:d={length:.2}:n=2:c0={from_colour}:c1={to_colour}:\
         x0=0:y0={}:x1={WIDTH}:y1={}:speed=0.015:seed={place}",
        place % 5 * 60,
        HEIGHT - place as u32 % 4 * 80,
    );
    let art = root().join(format!("xtask/demo/art/{}.svg", script.art()));
    // The picture bobs beside the title; a small, faint copy drifts across below it.
    let picture = format!(
        "[1:v]split[large][small];\
         [small]scale=70:-1,format=rgba,colorchannelmixer=aa=0.35[faint];\
         [0:v][faint]overlay=x='mod(t*{drift}+{},{WIDTH}+140)-70':y='215+25*sin(t*{pace})'[back];\
         [back][large]overlay=x='392+10*sin(t*{pace}*0.7)':y='44+14*sin(t*{pace})'[moving];\
         [moving]ass='{}'[picture]",
        place * 97 % 640,
        overlay.to_string_lossy().replace('\'', r"'\''"),
    );
    let mut command = ffmpeg();
    command.args(["-f", "lavfi", "-i", &background]);
    command.args(["-loop", "1", "-framerate", &RATE.to_string(), "-i"]).arg(&art);
    match sound {
        Sound::Speech(wav) => command.arg("-i").arg(wav),
        Sound::Music => command.args(["-f", "lavfi", "-i", &tune(place, length)]),
    };
    command
        .args(["-filter_complex", &picture, "-map", "[picture]", "-map", "2:a"])
        .args(["-t", &format!("{length:.2}")])
        .args(["-c:v", "libx264", "-preset", "veryfast", "-crf", "27", "-pix_fmt", "yuv420p"])
        .args(["-threads", "1", "-g", &(RATE * 4).to_string()])
        .args(["-c:a", "aac", "-b:a", "64k", "-ac", "1", "-af", "apad"])
        .args(["-metadata", &format!("title={}", script.title)])
        .args(["-movflags", "+faststart"])
        .arg(to);
    finish(&mut command)
}

/// A soft arpeggio over a pentatonic scale.
fn tune(place: usize, length: f64) -> String {
    let root = 196.0 * 2f64.powf((place * 5 % 12) as f64 / 12.0);
    let step = 0.36;
    // Semitones of the pentatonic scale, walked in steps of three.
    let note = format!("mod(floor(t/{step})*3,5)");
    let semitones = format!("(2*{note}+gte({note},3))");
    format!(
        "aevalsrc='0.16*sin(2*PI*t*{root:.2}*pow(2,{semitones}/12))*exp(-3.2*mod(t,{step}))\
         +0.05*sin(2*PI*t*{:.2})':s=32000:d={length:.2}",
        root / 2.0
    )
}

fn write_sidecars(script: &Script, place: usize, lines: &[Line<'_>], folder: &Path) -> Result<()> {
    let days = place as i64 * 37 % 90;
    let published = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days + 1);
    let info = json!({
        "id": script.id,
        "title": script.title,
        "description": script.description,
        "uploader": script.channel,
        "channel": script.channel,
        "tags": script.tags,
        "language": if script.chinese { "zh" } else { "en" },
        "timestamp": published.as_second(),
    });
    fs::write(folder.join(format!("{}.info.json", script.id)), serde_json::to_vec_pretty(&info)?)?;
    if script.chinese {
        let mut srt = String::new();
        for (number, line) in lines.iter().enumerate() {
            let (start, end) = (srt_clock(line.start), srt_clock(line.end));
            writeln!(srt, "{}\n{start} --> {end}\n{}\n", number + 1, line.text)?;
        }
        fs::write(folder.join(format!("{}.zh.srt", script.id)), srt)?;
    }
    Ok(())
}

fn srt_clock(seconds: f64) -> String {
    let thousandths = (seconds * 1000.0).round() as u64;
    let (minutes, rest) = (thousandths / 60_000, thousandths % 60_000);
    format!("{:02}:{:02}:{:02},{:03}", minutes / 60, minutes % 60, rest / 1000, rest % 1000)
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-y", "-v", "error"]);
    command
}

fn finish(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?;
    ensure!(
        output.status.success(),
        "{} failed: {}",
        command.get_program().to_string_lossy(),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks() {
        assert_eq!(clock(61.239), "0:01:01.24");
        assert_eq!(srt_clock(3_661.5), "01:01:01,500");
    }
}
