//! `vireo bench shots`: borders between shots, over films cut together from
//! real clips with borders at known frames.
//!
//! Each film has one kind of transition, so that what is found too much counts
//! against that kind. A sixth of the parts have a photographer's flash in their
//! middle, half are mirrored, and neighbours never come from one source.

use crate::{Error, Measured, Report, Result, peak_memory_mb};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use vireo_media::VIDEO_EXTENSIONS;
use vireo_media::montage::{self, Joint, Montage, Part, RATE};
use vireo_media::probe::probe;
use vireo_media::shots::{self, Shots, Transition};

/// A cut counts as found up to so many frames away; a gradual transition, if
/// its middle as found is no further outside it than this.
const CUT_FRAMES: f64 = 2.0;
const GRADUAL_FRAMES: f64 = 5.0;
/// Parts last from 1.5 to 5 s, ramps and dissolves from 0.4 to 1.2 s, black up to 0.5 s.
const PART_FRAMES: std::ops::RangeInclusive<u32> = 38..=125;
const RAMP_FRAMES: std::ops::RangeInclusive<u32> = 10..=30;
const BLACK_FRAMES: std::ops::RangeInclusive<u32> = 0..=12;
const FILM_MINUTES: f64 = 2.0;
const KINDS: [(Transition, &str); 3] =
    [(Transition::Cut, "cut"), (Transition::Fade, "fade"), (Transition::Dissolve, "dissolve")];

/// What to measure on.
#[derive(Debug, Clone)]
pub struct Material<'a> {
    /// Folder of clips, one shot each; looked through to the bottom.
    pub clips: &'a Path,
    /// Clips left out by name (without extension): those with cuts of their own.
    pub except: &'a [String],
    /// Minutes of film, shared out over the kinds of transition.
    pub minutes: f64,
    /// Seed of the choice.
    pub seed: u64,
    /// Folder for the films and `films.jsonl`, which says where their borders are.
    pub films: &'a Path,
}

/// A clip that parts are cut from.
struct Clip {
    path: PathBuf,
    /// What it was filmed in one go with.
    source: String,
    frames: u32,
}

/// A line of `films.jsonl`.
#[derive(Debug, Serialize)]
struct Film {
    file: String,
    transition: &'static str,
    rate: u32,
    frames: u32,
    /// First and last frame of each transition.
    borders: Vec<(u32, u32)>,
}

/// Makes the films and finds their borders again; `progress(done, of)`.
///
/// # Errors
/// If there are not two sources of clips, or a film cannot be made.
pub fn run(
    material: &Material<'_>,
    mut report: Report,
    progress: &dyn Fn(usize, usize),
) -> Result<Report> {
    let clips = clips(material)?;
    fs::create_dir_all(material.films).map_err(|source| unreadable(material.films, source))?;
    let each = (material.minutes / FILM_MINUTES / KINDS.len() as f64).ceil().max(1.0) as usize;
    let mut chance = fastrand::Rng::with_seed(material.seed);
    let mut manifest = Vec::new();
    for (kind, (transition, name)) in KINDS.into_iter().enumerate() {
        let mut score = Score::default();
        for number in 0..each {
            progress(kind * each + number, KINDS.len() * each);
            let (parts, joints) = plan(&clips, transition, &mut chance);
            let file = format!("{name}-{number}.mp4");
            let path = material.films.join(&file);
            let Montage { frames, borders } = montage::write(&parts, &joints, &path)?;
            score.add(&path, transition, &borders)?;
            let film = Film { file, transition: name, rate: RATE, frames, borders };
            serde_json::to_writer(&mut manifest, &film).expect("numbers and names");
            let _ = writeln!(manifest);
        }
        report.results.push(score.row(name, material.seed));
    }
    progress(KINDS.len() * each, KINDS.len() * each);
    let path = material.films.join("films.jsonl");
    fs::write(&path, manifest).map_err(|source| unreadable(&path, source))?;
    Ok(report)
}

/// What was found and what was not, over the films of one kind.
#[derive(Default)]
struct Score {
    films: usize,
    borders: usize,
    found: usize,
    right: usize,
    film_seconds: f64,
    seconds: f64,
}

impl Score {
    fn add(&mut self, film: &Path, transition: Transition, borders: &[(u32, u32)]) -> Result<()> {
        let probe = probe(film)?;
        let started = Instant::now();
        let shots = shots::shots(film, &probe)?;
        self.seconds += started.elapsed().as_secs_f64();
        self.film_seconds += shots.seconds;
        self.films += 1;
        self.borders += borders.len();
        self.found += shots.borders.len();
        self.right += right(&shots, transition, borders);
        Ok(())
    }

    fn row(&self, name: &str, seed: u64) -> Measured {
        let share = |of: usize| self.right as f64 / of.max(1) as f64;
        let metrics = [
            ("f1", 2.0 * self.right as f64 / (self.borders + self.found).max(1) as f64),
            ("precision", share(self.found)),
            ("recall", share(self.borders)),
            ("times_real_time", self.film_seconds / self.seconds.max(1e-9)),
            ("minutes", self.film_seconds / 60.0),
        ];
        Measured {
            name: "vireo".to_owned(),
            split: Some(name.to_owned()),
            count: self.borders,
            seed: Some(seed),
            metrics: BTreeMap::from(metrics.map(|(name, value)| (name.to_owned(), value))),
            seconds: BTreeMap::from([("shots".to_owned(), self.seconds)]),
            peak_memory_mb: peak_memory_mb(),
            ..Measured::default()
        }
    }
}

/// How many borders were found, each by one finding.
fn right(shots: &Shots, transition: Transition, borders: &[(u32, u32)]) -> usize {
    let slack = if transition == Transition::Cut { CUT_FRAMES } else { GRADUAL_FRAMES };
    let mut found = shots.borders.iter().map(|border| border.at() * f64::from(RATE)).peekable();
    let mut right = 0;
    for (from, to) in borders {
        while found.next_if(|at| *at < f64::from(*from) - slack).is_some() {}
        right += usize::from(found.next_if(|at| *at <= f64::from(*to) + slack).is_some());
    }
    right
}

fn plan(
    clips: &[Clip],
    transition: Transition,
    chance: &mut fastrand::Rng,
) -> (Vec<Part>, Vec<Joint>) {
    let (mut parts, mut joints): (Vec<Part>, Vec<Joint>) = Default::default();
    let (mut length, mut source) = (0, "");
    while f64::from(length) < FILM_MINUTES * 60.0 * f64::from(RATE) {
        let clip = &clips[chance.usize(..clips.len())];
        if clip.source == source {
            continue;
        }
        source = &clip.source;
        let frames = chance.u32(PART_FRAMES).min(clip.frames);
        let from = f64::from(chance.u32(..=clip.frames - frames)) / f64::from(RATE);
        let before = parts.last().map_or(u32::MAX, |part: &Part| part.frames);
        if !parts.is_empty() {
            // Both ends of a part may be in a transition; some of it must be its own.
            let most = (before.min(frames) / 2 - 2).max(*RAMP_FRAMES.start());
            let (least, most) = (*RAMP_FRAMES.start(), most.min(*RAMP_FRAMES.end()));
            let black = chance.u32(BLACK_FRAMES);
            joints.push(Joint { transition, frames: chance.u32(least..=most), black });
        }
        let (mirrored, flash) = (chance.bool(), chance.u32(..6) == 0);
        parts.push(Part { path: clip.path.clone(), from, frames, mirrored, flash });
        length += frames;
    }
    (parts, joints)
}

fn clips(material: &Material<'_>) -> Result<Vec<Clip>> {
    let mut clips = Vec::new();
    for path in videos(material.clips)? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if material.except.contains(&name) {
            continue;
        }
        let seconds = probe(&path)?.facts.duration_seconds;
        // The last frames of a container's length are not always there.
        let frames = (seconds * f64::from(RATE)) as u32;
        let frames = frames.saturating_sub(4);
        if frames >= *PART_FRAMES.start() {
            clips.push(Clip { source: source(material.clips, &path, &name), frames, path });
        }
    }
    if clips.iter().all(|clip| clip.source == clips[0].source) {
        let folder = material.clips.display();
        return Err(Error::Nothing(format!("{folder} has no clips of two sources, 2 s or longer")));
    }
    Ok(clips)
}

/// Clips of one source look alike: UCF101 names takes of one film `…_c01`,
/// `…_c02`; a sub-folder of other names is taken for one source.
fn source(folder: &Path, path: &Path, name: &str) -> String {
    let take = name.rsplit_once("_c").filter(|(_, take)| take.bytes().all(|b| b.is_ascii_digit()));
    let parent = path.parent().filter(|parent| *parent != folder);
    match (take, parent) {
        (Some((group, _)), _) => group.to_owned(),
        (None, Some(parent)) => parent.display().to_string(),
        (None, None) => name.to_owned(),
    }
}

/// Every video below `folder`, by path.
pub(crate) fn videos(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|source| unreadable(&folder, source))? {
            let path = entry.map_err(|source| unreadable(&folder, source))?.path();
            let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
            if path.is_dir() {
                folders.push(path);
            } else if VIDEO_EXTENSIONS.iter().any(|known| extension == *known) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

pub(crate) fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Read { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_domain::Span;
    use vireo_media::shots::Border;

    fn found(frames: &[f64]) -> Shots {
        let border = |frame: &f64| Border {
            transition: Transition::Cut,
            span: Span::new(frame / f64::from(RATE), frame / f64::from(RATE)),
            confidence: 1.0,
        };
        Shots { borders: frames.iter().map(border).collect(), ..Shots::default() }
    }

    #[test]
    fn each_finding_counts_once_and_only_nearby() {
        let cuts = [(50, 50), (100, 100), (150, 150)];
        assert_eq!(right(&found(&[49.0, 51.0, 104.0, 152.0]), Transition::Cut, &cuts), 2);
        assert_eq!(right(&found(&[]), Transition::Cut, &cuts), 0);
        let dissolves = [(50, 70), (100, 110)];
        assert_eq!(right(&found(&[46.0, 105.0, 107.0]), Transition::Dissolve, &dissolves), 2);
    }

    #[test]
    fn a_seed_makes_the_same_film_and_neighbours_differ() {
        let clip = |name: &str| Clip { path: name.into(), source: name.to_owned(), frames: 200 };
        let clips = ["a", "b", "c"].map(clip);
        let plan = |seed| plan(&clips, Transition::Fade, &mut fastrand::Rng::with_seed(seed));
        let (parts, joints) = plan(7);
        assert_eq!((&parts, &joints), (&plan(7).0, &plan(7).1));
        assert_ne!(parts, plan(8).0);
        assert_eq!(joints.len() + 1, parts.len());
        assert!(parts.windows(2).all(|pair| pair[0].path != pair[1].path));
        let in_transitions = |index: usize| joints[index - 1].frames + joints[index].frames;
        assert!((1..joints.len()).all(|index| in_transitions(index) < parts[index].frames));
    }

    #[test]
    fn takes_of_one_film_are_one_source() {
        let of = |path: &str| {
            let path = Path::new(path);
            source(Path::new("d"), path, &path.file_stem().unwrap_or_default().to_string_lossy())
        };
        assert_eq!(of("d/ucf101/v_Diving_g01_c01.avi"), of("d/ucf101/v_Diving_g01_c03.avi"));
        assert_ne!(of("d/ucf101/v_Diving_g01_c01.avi"), of("d/ucf101/v_BenchPress_g01_c01.avi"));
        assert_eq!(of("d/asl/bird.mkv"), of("d/asl/eat.mkv"));
        assert_ne!(of("d/frog.webm"), of("d/pig.webm"));
    }
}
