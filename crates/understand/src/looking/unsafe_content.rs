//! Parts that may not be safe for work. A suggestion to a person: nothing is
//! hidden for it.

use super::Looker;
use crate::Result;
use std::sync::Arc;
use vireo_domain::{Annotation, AnnotationKind, Source, Span};
use vireo_pretrained::picture::Picture;
use vireo_pretrained::unsafe_content::UnsafeContentDetector;

/// Mean score of a stretch's pictures from which on it is worth a warning.
/// Single pictures of skin and faces reach it, too
/// (`docs/decisions/037-what-is-in-pictures.md`).
const UNSAFE: f32 = 0.8;

/// See the module.
pub(crate) struct UnsafeContent {
    detector: Arc<dyn UnsafeContentDetector>,
    /// Sum of the scores of the stretch's pictures, and their number.
    sum: f32,
    pictures: usize,
    said: Vec<Annotation>,
}

impl UnsafeContent {
    pub(crate) fn new(detector: Arc<dyn UnsafeContentDetector>) -> Self {
        Self { detector, sum: 0.0, pictures: 0, said: Vec::new() }
    }
}

impl Looker for UnsafeContent {
    fn name(&self) -> &'static str {
        "unsafe content"
    }

    fn look(&mut self, _at: f64, picture: &Picture<'_>) -> Result<()> {
        self.sum += self.detector.score(picture)?;
        self.pictures += 1;
        Ok(())
    }

    fn close(&mut self, stretch: Span) {
        let score = std::mem::take(&mut self.sum) / self.pictures.max(1) as f32;
        self.pictures = 0;
        if score < UNSAFE {
            return;
        }
        match self.said.last_mut() {
            Some(Annotation { span: Some(span), confidence, .. }) if span.end >= stretch.start => {
                span.end = stretch.end;
                *confidence = confidence.max(score);
            }
            _ => self.said.push(Annotation {
                kind: AnnotationKind::UnsafeContent,
                value: "unsafe".to_owned(),
                span: Some(stretch),
                source: Source::Pictures,
                evidence: None,
                confidence: score,
                model: self.detector.name().to_owned(),
            }),
        }
    }

    fn finish(self: Box<Self>) -> Vec<Annotation> {
        self.said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Scripted(Mutex<Vec<f32>>);

    impl UnsafeContentDetector for Scripted {
        fn name(&self) -> &'static str {
            "scripted"
        }
        fn score(&self, _: &Picture<'_>) -> vireo_pretrained::Result<f32> {
            Ok(self.0.lock().expect("not poisoned").remove(0))
        }
    }

    #[test]
    fn what_lasts_is_warned_of_and_a_single_picture_is_not() {
        let script = vec![0.9, 0.1, 0.1, 0.9, 0.9, 0.8, 1.0, 1.0, 1.0, 0.2, 0.2, 0.2];
        let mut looker = UnsafeContent::new(Arc::new(Scripted(Mutex::new(script))));
        let picture = Picture::new(1, 1, &[0; 3]).expect("whole");
        for stretch in 0..4 {
            (0..3).for_each(|_| looker.look(0.0, &picture).expect("looks"));
            let start = f64::from(stretch) * 3.0;
            looker.close(Span::new(start, start + 3.0));
        }
        let said = Box::new(looker).finish();
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].span, Some(Span::new(3.0, 9.0)));
        assert!((said[0].confidence - 1.0).abs() < 1e-6);
    }
}
