//! Who made it: the parts in which writing rolls up, and those in which what is
//! written names several roles.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::text::fold;
use crate::text::lexicon::is_whole;
use crate::watching::seen;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Range;
use vireo_domain::{Annotation, AnnotationKind, Cue, Source, Span};

/// Named in the statements: what they rest on is a rule, not a model.
const RULE: &str = "credits";

/// Credits are in this share of the video from its beginning or its end, but
/// for seconds of a short one.
const BEGINNING: f64 = 0.15;
const FEWEST_SECONDS: f64 = 30.0;
/// Two cards nearer than that are of the same credits, in seconds.
const GAP: f64 = 8.0;
/// Roles that must be named.
const ROLES: usize = 2;

const ENGLISH: &[&str] = &[
    "animation by",
    "assistant director",
    "associate producer",
    "casting",
    "cinematography",
    "composer",
    "copyright",
    "costume",
    "creative director",
    "credits",
    "director",
    "directed by",
    "director of photography",
    "edited by",
    "editor",
    "executive producer",
    "filmed by",
    "gaffer",
    "graphics by",
    "hosted by",
    "location manager",
    "makeup",
    "music by",
    "narrated by",
    "original music",
    "performed by",
    "post production",
    "presented by",
    "produced by",
    "producer",
    "production assistant",
    "production designer",
    "screenplay",
    "script by",
    "sound designer",
    "sound mixer",
    "sound recordist",
    "special thanks",
    "starring",
    "subtitles by",
    "thanks to",
    "the cast",
    "translated by",
    "visual effects",
    "voice over",
    "written by",
];
const CHINESE: &[&str] = &[
    "作曲",
    "作词",
    "主演",
    "主创",
    "主持人",
    "出品",
    "出品人",
    "制作人",
    "制片",
    "动画",
    "化妆",
    "原著",
    "后期",
    "场记",
    "副导演",
    "字幕",
    "导演",
    "录音",
    "总监制",
    "执行导演",
    "摄像",
    "摄影",
    "摄制",
    "撰稿",
    "旁白",
    "服装",
    "灯光",
    "监制",
    "策划",
    "统筹",
    "编剧",
    "编导",
    "美术",
    "翻译",
    "联合出品",
    "解说",
    "调色",
    "道具",
    "配乐",
    "配音",
    "音乐",
    "音效",
    "领衔主演",
    "鸣谢",
    "剪辑",
];

/// See the module.
pub(super) struct Credits;

impl Analyser for Credits {
    fn name(&self) -> &'static str {
        "credits"
    }

    fn share(&self) -> f64 {
        0.01
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let seen = seen(context, draft)?;
        let rolls = seen.map(|seen| seen.rolls.clone()).unwrap_or_default();
        let seconds = seen.map(|seen| seen.shots.seconds).filter(|seconds| *seconds > 0.0);
        let length = draft.video.duration_seconds.or(seconds);
        let shown = draft.analysis.annotations.iter();
        let shown = shown.filter(|it| it.kind == AnnotationKind::OnScreenText);
        let shown: Vec<Cue> =
            shown.filter_map(|it| Some(Cue::new(it.span?, it.value.clone()))).collect();
        let statement = |(span, evidence, confidence)| Annotation {
            kind: AnnotationKind::Credits,
            value: "credits".to_owned(),
            span: Some(span),
            source: Source::Pictures,
            evidence,
            confidence,
            model: RULE.to_owned(),
        };
        let found = found(&rolls, &shown, length);
        draft.analysis.annotations.extend(found.into_iter().map(statement));
        Ok(())
    }
}

/// Spans in order of time, with the words they rest on and how sure we are.
fn found(rolls: &[Span], shown: &[Cue], length: Option<f64>) -> Vec<(Span, Option<String>, f32)> {
    let mut all: Vec<(Span, Option<String>, f32)> =
        rolls.iter().map(|span| (*span, None, 0.7)).collect();
    let room = (length.unwrap_or(0.0) * BEGINNING).max(FEWEST_SECONDS);
    // Where the end is not known, nothing is near it.
    let from = length.map_or(f64::INFINITY, |length| length - room);
    let is_there = |cue: &&Cue| cue.span.end <= room || cue.span.start >= from;
    let named = shown.iter().filter(is_there).map(|cue| (cue, roles(&cue.text)));
    let mut named: Vec<(&Cue, Vec<&str>)> = named.filter(|(_, roles)| !roles.is_empty()).collect();
    named.sort_by(|a, b| a.0.span.start.total_cmp(&b.0.span.start));
    for cards in named.chunk_by(|one, next| next.0.span.start - one.0.span.end <= GAP) {
        let roles: HashSet<&str> = cards.iter().flat_map(|(_, roles)| roles).copied().collect();
        if roles.len() < ROLES {
            continue;
        }
        let end = cards.iter().map(|(cue, _)| cue.span.end).fold(0.0, f64::max);
        let span = Span::new(cards[0].0.span.start, end);
        let words: Vec<&str> = cards.iter().map(|(cue, _)| cue.text.as_str()).take(4).collect();
        let words = Some(words.join(" · "));
        // What rolls and names roles is one part, and surely credits.
        let meets = |other: &Span| other.start - GAP <= span.end && span.start <= other.end + GAP;
        match all.iter_mut().find(|(other, ..)| meets(other)) {
            Some(same) => {
                let start = same.0.start.min(span.start);
                *same = (Span::new(start, same.0.end.max(span.end)), words, 0.95);
            }
            None => all.push((span, words, 0.8)),
        }
    }
    all.sort_by(|a, b| a.0.start.total_cmp(&b.0.start));
    all
}

/// The roles that a line names: of two that overlap ("executive producer",
/// "producer") the longer one.
fn roles(line: &str) -> Vec<&'static str> {
    let line = fold(line).to_lowercase();
    let compact: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    let mut places: Vec<(Range<usize>, &'static str)> = Vec::new();
    for role in ENGLISH {
        let of_role = line.match_indices(role).map(|(at, found)| at..at + found.len());
        let whole = of_role.filter(|place| is_whole(&line, place.start, place.end));
        places.extend(whole.map(|place| (place, *role)));
    }
    // A role is a heading in Chinese: it begins the line, or ends it.
    for role in CHINESE {
        if compact.starts_with(role) {
            places.push((0..role.len(), role));
        } else if compact.ends_with(role) {
            places.push((compact.len() - role.len()..compact.len(), role));
        }
    }
    places.sort_by_key(|(place, role)| (Reverse(place.len()), place.start, *role));
    let mut taken: Vec<(Range<usize>, &'static str)> = Vec::new();
    for (place, role) in places {
        let meets = |other: &Range<usize>| place.start < other.end && other.start < place.end;
        if !taken.iter().any(|(other, known)| meets(other) || known == &role) {
            taken.push((place, role));
        }
    }
    taken.into_iter().map(|(_, role)| role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(start: f64, end: f64, text: &str) -> Cue {
        Cue::new(Span::new(start, end), text)
    }

    #[test]
    fn cards_that_name_roles_are_credits() {
        let shown = [
            cue(2.0, 5.0, "Why the director left"),
            cue(200.0, 203.0, "Directed by"),
            cue(571.0, 574.0, "Written and directed by Ann Lee"),
            cue(575.0, 578.0, "导演 王小明"),
            cue(580.0, 583.0, "剪 辑：李雷"),
        ];
        let found = found(&[], &shown, Some(600.0));
        let spans: Vec<Span> = found.iter().map(|it| it.0).collect();
        assert_eq!(spans, [Span::new(571.0, 583.0)], "one role is a subject, not credits");
        // Of a file that does not say how long it is only the beginning is known.
        assert_eq!(super::found(&[], &shown, None), []);
        assert!(found[0].1.as_ref().is_some_and(|words| words.contains("王小明")));
    }

    #[test]
    fn what_rolls_is_credits_and_surely_so_where_it_names_roles() {
        let rolls = [Span::new(560.0, 590.0)];
        assert_eq!(found(&rolls, &[], Some(600.0)), [(rolls[0], None, 0.7)]);
        let shown = [cue(592.0, 596.0, "Special thanks"), cue(592.0, 596.0, "Copyright 2024")];
        let found = found(&rolls, &shown, Some(600.0));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0, found[0].2), (Span::new(560.0, 596.0), 0.95));
    }

    #[test]
    fn roles_are_whole_words_and_headings() {
        assert_eq!(roles("Produced by the editors of"), ["produced by"]);
        assert_eq!(roles("Jane Doe, Executive Producer"), ["executive producer"]);
        assert_eq!(roles("Original music by J. Okafor"), ["original music"]);
        assert_eq!((roles("副导演"), roles("出品人 李雷")), (vec!["副导演"], vec!["出品人"]));
        assert_eq!(roles("directory of editorials"), Vec::<&str>::new());
        assert_eq!(roles("监制 陈可辛"), ["监制"]);
        assert_eq!(roles("他是这部电影的导演之一"), Vec::<&str>::new());
    }
}
