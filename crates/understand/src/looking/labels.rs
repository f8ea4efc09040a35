//! Things that are seen, by name.

use super::Looker;
use super::said::Said;
use crate::Result;
use std::collections::HashMap;
use std::sync::Arc;
use vireo_domain::{Annotation, AnnotationKind, Span};
use vireo_pretrained::picture::Picture;
use vireo_pretrained::picture_labelling::{PictureLabeller, classes};

/// Likelihood, over the pictures of a stretch, above which a name is said.
/// Chosen so that what is said is mostly right, not so that all is said
/// (`docs/decisions/037-what-is-in-pictures.md`).
const SURE: f32 = 0.5;
/// The same for the kind of a broader thing: a dog is told before its breed.
const SURE_OF_KIND: f32 = 0.8;

/// See the module.
pub(crate) struct Labels {
    labeller: Arc<dyn PictureLabeller>,
    /// Sum of the likelihoods of the stretch's pictures, and their number.
    sum: Vec<f32>,
    pictures: usize,
    said: Said,
}

impl Labels {
    pub(crate) fn new(labeller: Arc<dyn PictureLabeller>) -> Self {
        let said = Said::by(labeller.name());
        Self { labeller, sum: vec![0.0; classes().len()], pictures: 0, said }
    }
}

impl Looker for Labels {
    fn name(&self) -> &'static str {
        "labels"
    }

    fn look(&mut self, _at: f64, picture: &Picture<'_>) -> Result<()> {
        for (sum, likelihood) in self.sum.iter_mut().zip(self.labeller.look(picture)?) {
            *sum += likelihood;
        }
        self.pictures += 1;
        Ok(())
    }

    fn close(&mut self, stretch: Span) {
        let pictures = std::mem::take(&mut self.pictures).max(1) as f32;
        let mut sure: Vec<(&str, f32)> = Vec::new();
        let mut broader: HashMap<&str, f32> = HashMap::new();
        for (class, sum) in classes().iter().zip(&mut self.sum) {
            let likelihood = std::mem::take(sum) / pictures;
            let least = if class.broader.is_some() { SURE_OF_KIND } else { SURE };
            // A pig is a pig: what is as broad as its kind is said once.
            if class.english != class.broader && likelihood >= least {
                sure.extend(class.english.map(|name| (name, likelihood)));
            }
            if let Some(name) = class.broader {
                *broader.entry(name).or_default() += likelihood;
            }
        }
        sure.extend(broader.into_iter().filter(|it| it.1 >= SURE));
        sure.sort_by(|one, next| next.1.total_cmp(&one.1).then_with(|| one.0.cmp(next.0)));
        for (name, likelihood) in sure {
            self.said.say(AnnotationKind::Label, name, likelihood, stretch);
        }
    }

    fn finish(self: Box<Self>) -> Vec<Annotation> {
        self.said.all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Sees what it is told to, picture by picture.
    struct Scripted(Mutex<Vec<Vec<(usize, f32)>>>);

    impl PictureLabeller for Scripted {
        fn name(&self) -> &'static str {
            "scripted"
        }
        fn look(&self, _: &Picture<'_>) -> vireo_pretrained::Result<Vec<f32>> {
            let mut likelihoods = vec![0.0; classes().len()];
            for (class, likelihood) in self.0.lock().expect("not poisoned").remove(0) {
                likelihoods[class] = likelihood;
            }
            Ok(likelihoods)
        }
        fn features(&self, _: &Picture<'_>) -> vireo_pretrained::Result<Vec<f32>> {
            Ok(Vec::new())
        }
    }

    /// What is said of stretches of two seconds and two pictures.
    fn said(pictures: &[&[(usize, f32)]]) -> Vec<(String, f64, f64, f32)> {
        let script = Mutex::new(pictures.iter().map(|it| it.to_vec()).collect());
        let mut labels = Labels::new(Arc::new(Scripted(script)));
        let picture = Picture::new(1, 1, &[0; 3]).expect("whole");
        for (place, _) in pictures.iter().enumerate() {
            labels.look(place as f64, &picture).expect("looks");
            if place % 2 == 1 {
                labels.close(Span::new(place as f64 - 1.0, place as f64 + 1.0));
            }
        }
        let said = Box::new(labels).finish();
        let span = |it: &Annotation| it.span.expect("each has one");
        said.iter()
            .map(|it| (it.value.clone(), span(it).start, span(it).end, it.confidence))
            .collect()
    }

    const TABBY: usize = 281;
    const PERSIAN: usize = 283;
    const GOLDEN_RETRIEVER: usize = 207;
    const HOG: usize = 341;
    const DIAPER: usize = 529;

    #[test]
    fn a_cat_is_a_cat_before_it_is_of_a_breed() {
        let unsure: &[(usize, f32)] = &[(TABBY, 0.4), (PERSIAN, 0.4)];
        assert_eq!(said(&[unsure, unsure]), [("cat".to_owned(), 0.0, 2.0, 0.8)]);
        let names = |sure: f32| -> Vec<String> {
            let shown: &[(usize, f32)] = &[(GOLDEN_RETRIEVER, sure)];
            said(&[shown, shown]).into_iter().map(|it| it.0).collect()
        };
        assert_eq!(names(0.75), ["dog"]);
        assert_eq!(names(0.875), ["dog", "golden retriever"]);
        assert_eq!(said(&[&[(HOG, 1.0)], &[(HOG, 1.0)]]), [("pig".to_owned(), 0.0, 2.0, 1.0)]);
    }

    #[test]
    fn one_picture_of_many_says_nothing() {
        assert_eq!(said(&[&[(388, 0.9)], &[]]), []);
        assert_eq!(said(&[&[(DIAPER, 1.0)], &[(DIAPER, 1.0)]]), []);
    }

    #[test]
    fn stretches_that_touch_are_one_statement() {
        let panda: &[(usize, f32)] = &[(388, 0.75)];
        let clear: &[(usize, f32)] = &[(388, 1.0)];
        let said = said(&[panda, panda, clear, clear, &[], &[], panda, panda]);
        let panda = |start, end, sure| ("giant panda".to_owned(), start, end, sure);
        assert_eq!(said, [panda(0.0, 4.0, 0.875), panda(6.0, 8.0, 0.75)]);
    }
}
