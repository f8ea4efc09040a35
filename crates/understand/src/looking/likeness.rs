//! What pictures look like, in one space with words: kept, so that they are
//! found by words, and compared with the names that the owner looks for.

use super::Looker;
use super::said::Said;
use crate::Result;
use crate::picture_text::Names;
use std::sync::Arc;
use vireo_domain::{Annotation, AnnotationKind, PictureVector, Span};
use vireo_pretrained::picture::Picture;
use vireo_pretrained::picture_text::PictureText;

/// Pictures of one video that are looked at: such a network takes a good part of
/// a second for each.
const MOST: f64 = 24.0;

/// A picture as like the one before as this tells nothing new.
const SAME: f32 = 0.98;

/// Likelihood, over the pictures of a stretch, above which a name is said.
const SURE: f32 = 0.5;

/// See the module.
pub(crate) struct Likeness {
    embedder: Arc<dyn PictureText>,
    names: Option<Arc<Names>>,
    keeps: bool,
    /// Seconds from one picture that is looked at to the next.
    step: f64,
    last: Option<f64>,
    /// Sum of the likelihoods of the names over the stretch's pictures, and their number.
    sum: Vec<f32>,
    pictures: usize,
    kept: Vec<PictureVector>,
    said: Said,
}

impl Likeness {
    /// Looks at pictures spread over a video of this length; keeps their vectors
    /// if that is wanted, and says which of the names fit.
    pub(crate) fn new(
        embedder: Arc<dyn PictureText>,
        names: Option<Arc<Names>>,
        keeps: bool,
        seconds: f64,
    ) -> Self {
        let said = Said::by(embedder.name());
        let sum = vec![0.0; names.as_ref().map_or(0, |names| names.all().len())];
        let step = seconds / MOST;
        let kept = Vec::new();
        Self { embedder, names, keeps, step, last: None, sum, pictures: 0, kept, said }
    }
}

impl Looker for Likeness {
    fn name(&self) -> &'static str {
        "likeness"
    }

    fn look(&mut self, at: f64, picture: &Picture<'_>) -> Result<()> {
        if self.last.is_some_and(|last| at < last + self.step) {
            return Ok(());
        }
        self.last = Some(at);
        let Some(embedding) = self.embedder.embed_pictures(&[*picture])?.pop() else {
            return Ok(());
        };
        if let Some(names) = &self.names {
            for (sum, likelihood) in self.sum.iter_mut().zip(names.likelihoods(&embedding)) {
                *sum += likelihood;
            }
            self.pictures += 1;
        }
        let is_new = self.kept.last().is_none_or(|it| it.embedding.cosine(&embedding) < SAME);
        if self.keeps && is_new {
            self.kept.push(PictureVector { at, embedding });
        }
        Ok(())
    }

    fn close(&mut self, stretch: Span) {
        let pictures = std::mem::take(&mut self.pictures).max(1) as f32;
        let names = self.names.as_ref().map_or(&[][..], |names| names.all());
        for (name, sum) in names.iter().zip(&mut self.sum) {
            let likelihood = std::mem::take(sum) / pictures;
            if likelihood >= SURE {
                self.said.say(AnnotationKind::Label, name, likelihood, stretch);
            }
        }
    }

    fn vectors(&mut self) -> Vec<PictureVector> {
        std::mem::take(&mut self.kept)
    }

    fn finish(self: Box<Self>) -> Vec<Annotation> {
        self.said.all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture_text;
    use vireo_domain::Embedding;

    /// Sees the first pixel's colour, and reads names of colours.
    struct Colours;

    impl PictureText for Colours {
        fn name(&self) -> &'static str {
            "colours"
        }
        fn embed_pictures(&self, seen: &[Picture<'_>]) -> vireo_pretrained::Result<Vec<Embedding>> {
            // Width stands for the colour: a picture does not show its pixels here.
            let colour = |picture: &Picture<'_>| match picture.width() {
                1 => vec![1.0, 0.0, 0.1],
                2 => vec![0.0, 1.0, 0.1],
                _ => vec![0.0, 0.0, 1.0],
            };
            Ok(seen.iter().map(|picture| Embedding::new(colour(picture))).collect())
        }
        fn embed_texts(&self, texts: &[&str]) -> vireo_pretrained::Result<Vec<Embedding>> {
            let colour = |text: &&str| {
                let (red, blue) = (text.contains("red"), text.contains('蓝'));
                let vector = [f32::from(u8::from(red)), f32::from(u8::from(blue)), 0.2];
                Embedding::new(vector.to_vec())
            };
            Ok(texts.iter().map(colour).collect())
        }
    }

    const RED: usize = 1;
    const BLUE: usize = 2;
    const GREY: usize = 3;

    /// Looks at a picture a second, two a stretch.
    fn looked(names: &[&str], seconds: f64, shown: &[usize]) -> (Vec<Annotation>, Vec<f64>) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let plain = picture_text::plain(&Colours).expect("embedded");
        let names = Names::new(&names, &plain, &Colours).expect("embedded");
        let mut looker = Likeness::new(Arc::new(Colours), Some(Arc::new(names)), true, seconds);
        for (second, width) in shown.iter().enumerate() {
            let pixels = vec![0; width * 3];
            let picture = Picture::new(*width, 1, &pixels).expect("whole");
            looker.look(second as f64, &picture).expect("looks");
            if second % 2 == 1 {
                looker.close(Span::new(second as f64 - 1.0, second as f64 + 1.0));
            }
        }
        let kept = looker.vectors().iter().map(|picture| picture.at).collect();
        (Box::new(looker).finish(), kept)
    }

    #[test]
    fn names_are_said_where_they_fit_and_like_pictures_are_kept_once() {
        let shown = [RED, RED, RED, RED, GREY, GREY, GREY, GREY, BLUE, BLUE];
        let (said, kept) = looked(&["red", "蓝"], 10.0, &shown);
        assert_eq!(kept, [0.0, 4.0, 8.0]);
        let spans = said.iter().map(|it| (&*it.value, it.span.expect("has one")));
        let spans: Vec<_> = spans.map(|(name, span)| (name, span.start, span.end)).collect();
        assert_eq!(spans, [("red", 0.0, 4.0), ("蓝", 8.0, 10.0)]);
        assert!(said.iter().all(|it| it.model == "colours" && it.confidence > 0.9), "{said:?}");
    }

    #[test]
    fn of_a_long_video_pictures_are_spread_over_it() {
        let shown: Vec<usize> = (0..240).map(|second| 1 + second % 2).collect();
        let (_, kept) = looked(&[], 240.0, &shown);
        assert!((1..=24).contains(&kept.len()), "{kept:?}");
        let shown: Vec<usize> = (0..240).map(|second| 1 + second / 10 % 2).collect();
        let (_, kept) = looked(&[], 240.0, &shown);
        assert_eq!(kept.len(), 24, "a new one every ten seconds: {kept:?}");
    }
}
