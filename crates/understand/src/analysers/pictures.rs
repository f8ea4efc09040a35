//! What is seen in the pictures: things, people, what is not for everybody, and what
//! they look like, for those who search. Of a short video a picture a second is shown
//! to every looker; of a longer one, where that would take minutes, the frames that
//! are stored whole.

use super::{Analyser, Context};
use crate::Result;
use crate::draft::Draft;
use crate::looking::labels::Labels;
use crate::looking::likeness::Likeness;
use crate::looking::objects::Objects;
use crate::looking::unsafe_content::UnsafeContent;
use crate::looking::{Looker, PER_SECOND, Stretch, WIDTH, stretches};
use crate::watching::SHORT_SECONDS;
use vireo_domain::Annotation;
use vireo_media::frames::{ColourFrame, ColourStream};
use vireo_pretrained::picture::Picture;

/// See the module.
pub(super) struct Pictures;

impl Analyser for Pictures {
    fn name(&self) -> &'static str {
        "pictures"
    }

    fn share(&self) -> f64 {
        0.06
    }

    fn run(&self, context: &Context<'_>, draft: &mut Draft) -> Result<()> {
        let mut lookers = lookers(context, draft);
        // Kept for this, and for nobody after it.
        let views = draft.seen.as_mut().map(|seen| std::mem::take(&mut seen.views));
        let Some(probe) = draft.probe.as_ref().filter(|it| it.picture.is_some()) else {
            return Ok(());
        };
        if lookers.is_empty() {
            return Ok(());
        }
        let seconds = draft.video.duration_seconds.unwrap_or(0.0);
        let stretches = stretches(&draft.shots, seconds);
        let progress = |at: f64| (context.progress)(at / seconds.max(1.0));
        let (looks, failures) = if let Some(views) = views.filter(|views| !views.is_empty()) {
            watch(views.into_iter().map(Ok), &stretches, &mut lookers, &progress)?
        } else {
            let is_short = (0.0..=SHORT_SECONDS).contains(&seconds);
            let open = if is_short { ColourStream::of } else { ColourStream::of_whole_frames };
            let frames = open(context.path, probe, WIDTH, PER_SECOND)?;
            watch(frames, &stretches, &mut lookers, &progress)?
        };
        draft.decoded |= looks > 0;
        tracing::debug!(looks, "pictures");
        for failure in failures {
            draft.warn(failure);
        }
        for looker in &mut lookers {
            draft.analysis.pictures.extend(looker.vectors());
        }
        let said = lookers.into_iter().flat_map(Looker::finish).collect();
        draft.analysis.annotations.extend(once(said));
        Ok(())
    }
}

/// Those that are switched on and whose models are there.
fn lookers(context: &Context<'_>, draft: &mut Draft) -> Vec<Box<dyn Looker>> {
    let (config, models) = (&context.tools.config, &context.tools.models);
    let mut lookers: Vec<Box<dyn Looker>> = Vec::new();
    if config.labels {
        match models.picture_labeller() {
            Ok(labeller) => lookers.extend(labeller.map(|it| Box::new(Labels::new(it)) as _)),
            Err(error) => draft.warn(format!("labels: {error}")),
        }
    }
    if config.objects {
        match models.object_detector() {
            Ok(detector) => lookers.extend(detector.map(|it| Box::new(Objects::new(it)) as _)),
            Err(error) => draft.warn(format!("objects: {error}")),
        }
    }
    if config.unsafe_content {
        match models.unsafe_content() {
            Ok(found) => lookers.extend(found.map(|it| Box::new(UnsafeContent::new(it)) as _)),
            Err(error) => draft.warn(format!("unsafe content: {error}")),
        }
    }
    if config.picture_search || !config.picture_names.is_empty() {
        match likeness(context, draft) {
            Ok(likeness) => lookers.extend(likeness.map(|it| Box::new(it) as _)),
            Err(error) => draft.warn(format!("likeness: {error}")),
        }
    }
    lookers
}

/// Who keeps what pictures look like; `None` without a model for it.
fn likeness(context: &Context<'_>, draft: &mut Draft) -> Result<Option<Likeness>> {
    let tools = context.tools;
    let Some(embedder) = tools.models.picture_text()? else { return Ok(None) };
    let names = tools.names(&*embedder)?;
    let keeps = tools.config.picture_search;
    if keeps {
        embedder.name().clone_into(&mut draft.analysis.picture_model);
    }
    let seconds = draft.video.duration_seconds.unwrap_or(0.0);
    Ok(Some(Likeness::new(embedder, names, keeps, seconds)))
}

/// Of what two lookers say of the same time, the surer one.
fn once(said: Vec<Annotation>) -> Vec<Annotation> {
    let is_doubled = |one: &Annotation| {
        said.iter().any(|other| {
            let is_same = (other.kind, &other.value) == (one.kind, &one.value);
            let touch = one
                .span
                .zip(other.span)
                .is_some_and(|(one, other)| one.start < other.end && other.start < one.end);
            is_same && touch && one.model != other.model && other.confidence > one.confidence
        })
    };
    let doubled: Vec<bool> = said.iter().map(is_doubled).collect();
    said.into_iter().zip(doubled).filter(|it| !it.1).map(|it| it.0).collect()
}

/// Shows the pictures to the lookers; one that fails is left out from then on.
/// Gives how many pictures were looked at, and what failed.
fn watch(
    frames: impl Iterator<Item = vireo_media::Result<ColourFrame>>,
    stretches: &[Stretch],
    lookers: &mut Vec<Box<dyn Looker>>,
    progress: &dyn Fn(f64),
) -> Result<(usize, Vec<String>)> {
    let (mut place, mut looks, mut in_stretch) = (0, 0, 0);
    let mut failures = Vec::new();
    let mut before: Option<ColourFrame> = None;
    for frame in frames {
        let frame = frame?;
        while place + 1 < stretches.len() && frame.at >= stretches[place].span.end {
            if std::mem::take(&mut in_stretch) > 0 {
                for looker in &mut *lookers {
                    looker.close(stretches[place].span);
                }
            }
            place += 1;
        }
        // A picture that stands still tells nothing new of its stretch; at a
        // shot's beginning it is still the one of the shot before.
        let is_same = before.as_ref().is_some_and(|it| it.pixels == frame.pixels);
        let is_known = is_same && (in_stretch > 0 || !stretches[place].goes_on);
        let picture = Picture::new(frame.width, frame.height, &frame.pixels);
        if let Some(picture) = picture.filter(|_| !is_known) {
            lookers.retain_mut(|looker| match looker.look(frame.at, &picture) {
                Ok(()) => true,
                Err(error) => {
                    failures.push(format!("{}: {error}", looker.name()));
                    false
                }
            });
            in_stretch += 1;
            looks += 1;
        }
        progress(frame.at);
        before = Some(frame);
    }
    if in_stretch > 0 {
        for looker in &mut *lookers {
            looker.close(stretches[place].span);
        }
    }
    Ok((looks, failures))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vireo_domain::{AnnotationKind, Source, Span};

    /// Says of each stretch how many pictures it was shown.
    #[derive(Default)]
    struct Counter {
        count: usize,
        fails_at: Option<usize>,
        said: Vec<Annotation>,
    }

    impl Looker for Counter {
        fn name(&self) -> &'static str {
            "counter"
        }
        fn look(&mut self, _: f64, _: &Picture<'_>) -> Result<()> {
            self.count += 1;
            if self.fails_at == Some(self.count) {
                return Err(crate::Error::NoView);
            }
            Ok(())
        }
        fn close(&mut self, stretch: Span) {
            self.said.push(Annotation {
                kind: AnnotationKind::Label,
                value: std::mem::take(&mut self.count).to_string(),
                span: Some(stretch),
                source: Source::Pictures,
                evidence: None,
                confidence: 1.0,
                model: "counter".to_owned(),
            });
        }
        fn finish(self: Box<Self>) -> Vec<Annotation> {
            self.said
        }
    }

    /// A picture a second, each of one brightness.
    fn frames(bright: &[u8]) -> impl Iterator<Item = vireo_media::Result<ColourFrame>> {
        bright.iter().zip(0..).map(|(bright, second)| {
            Ok(ColourFrame { at: f64::from(second), width: 1, height: 1, pixels: vec![*bright; 3] })
        })
    }

    #[test]
    fn each_stretch_is_shown_what_changes_in_it() {
        let spans = [Span::new(0.0, 3.0), Span::new(3.0, 5.0), Span::new(5.0, 6.0)];
        let goes_on = [false, false, true];
        let parts = spans.into_iter().zip(goes_on);
        let stretches: Vec<_> = parts.map(|(span, goes_on)| Stretch { span, goes_on }).collect();
        let mut lookers: Vec<Box<dyn Looker>> = vec![Box::<Counter>::default()];
        // The second shot begins with what is left of the first.
        let shown = frames(&[1, 1, 2, 2, 3, 3]);
        let (looks, failures) = watch(shown, &stretches, &mut lookers, &|_| {}).expect("watches");
        assert_eq!((looks, failures.len()), (4, 0));
        let said = lookers.remove(0).finish();
        let said: Vec<_> = said.iter().map(|it| (it.value.as_str(), it.span)).collect();
        let expected = ["2", "1", "1"].into_iter().zip(spans.map(Some));
        assert_eq!(said, expected.collect::<Vec<_>>());
    }

    #[test]
    fn what_two_say_is_said_once() {
        let says = |value: &str, start, confidence, model: &str| Annotation {
            kind: AnnotationKind::Label,
            value: value.to_owned(),
            span: Some(Span::new(start, start + 5.0)),
            source: Source::Pictures,
            evidence: None,
            confidence,
            model: model.to_owned(),
        };
        let said = once(vec![
            says("dog", 0.0, 0.6, "one"),
            says("dog", 20.0, 0.6, "one"),
            says("dog", 2.0, 0.7, "other"),
            says("cat", 2.0, 0.7, "other"),
        ]);
        let left: Vec<_> = said.iter().map(|it| (&*it.value, &*it.model)).collect();
        assert_eq!(left, [("dog", "one"), ("dog", "other"), ("cat", "other")]);
        assert_eq!(said[0].span, Some(Span::new(20.0, 25.0)));
    }

    #[test]
    fn one_that_fails_does_not_stop_the_others() {
        let broken = Counter { fails_at: Some(2), ..Counter::default() };
        let mut lookers: Vec<Box<dyn Looker>> = vec![Box::new(broken), Box::<Counter>::default()];
        let stretches = [Stretch { span: Span::new(0.0, 3.0), goes_on: false }];
        let watched = watch(frames(&[1, 2, 3]), &stretches, &mut lookers, &|_| {});
        let (looks, failures) = watched.expect("watches");
        assert_eq!((looks, failures.len(), lookers.len()), (3, 1, 1));
        assert!(failures[0].starts_with("counter: "), "{failures:?}");
    }
}
