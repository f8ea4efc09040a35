//! People, counted, and things that are smaller than the picture. Nobody is
//! ever recognised: that there are two people is all that is said.

use super::Looker;
use super::said::Said;
use crate::Result;
use std::sync::Arc;
use vireo_domain::{Annotation, AnnotationKind, Span};
use vireo_pretrained::object_detection::{CLASSES, ObjectDetector, PERSON};
use vireo_pretrained::picture::Picture;

/// Score from which on a person is counted
/// (`docs/decisions/037-what-is-in-pictures.md`).
const PERSON_SURE: f32 = 0.5;
/// Mean, over the pictures of a stretch, of the highest score of a thing above
/// which it is named. Higher, since it is one of many that it could be.
const THING_SURE: f32 = 0.55;

/// See the module.
pub(crate) struct Objects {
    detector: Arc<dyn ObjectDetector>,
    /// Of each picture of the stretch: the scores of its people.
    people: Vec<Vec<f32>>,
    /// Of each class: sum, over the pictures, of the highest score.
    things: [f32; CLASSES.len()],
    said: Said,
}

impl Objects {
    pub(crate) fn new(detector: Arc<dyn ObjectDetector>) -> Self {
        let said = Said::by(detector.name());
        Self { detector, people: Vec::new(), things: [0.0; CLASSES.len()], said }
    }
}

impl Looker for Objects {
    fn name(&self) -> &'static str {
        "objects"
    }

    fn look(&mut self, _at: f64, picture: &Picture<'_>) -> Result<()> {
        let found = self.detector.detect(picture)?;
        let people = found.iter().filter(|it| it.class == PERSON && it.score >= PERSON_SURE);
        self.people.push(people.map(|it| it.score).collect());
        let mut highest = [0.0_f32; CLASSES.len()];
        for it in &found {
            highest[it.class] = highest[it.class].max(it.score);
        }
        self.things.iter_mut().zip(highest).for_each(|(sum, score)| *sum += score);
        Ok(())
    }

    fn close(&mut self, stretch: Span) {
        let mut pictures = std::mem::take(&mut self.people);
        let count = pictures.len().max(1) as f32;
        // The usual number: as many pictures show more as show fewer, and of
        // two that are as usual the lower one.
        pictures.sort_by_key(Vec::len);
        let usual = pictures.get((pictures.len().max(1) - 1) / 2).map_or(0, Vec::len);
        if usual > 0 {
            let agreeing = pictures.iter().filter(|scores| scores.len() == usual).flatten();
            let (sum, people) =
                agreeing.fold((0.0_f32, 0.0_f32), |(sum, n), score| (sum + score, n + 1.0));
            let value = if usual == 1 { "1 person".to_owned() } else { format!("{usual} people") };
            self.said.say(AnnotationKind::People, &value, sum / people, stretch);
        }
        for (class, sum) in
            std::mem::replace(&mut self.things, [0.0; CLASSES.len()]).iter().enumerate()
        {
            if class != PERSON && sum / count >= THING_SURE {
                self.said.say(AnnotationKind::Label, CLASSES[class].0, sum / count, stretch);
            }
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
    use vireo_pretrained::object_detection::{Area, Detection};

    /// Sees what it is told to, picture by picture.
    struct Scripted(Mutex<Vec<Vec<(usize, f32)>>>);

    impl ObjectDetector for Scripted {
        fn name(&self) -> &'static str {
            "scripted"
        }
        fn detect(&self, _: &Picture<'_>) -> vireo_pretrained::Result<Vec<Detection>> {
            let area = Area { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 };
            let seen = self.0.lock().expect("not poisoned").remove(0);
            let found = |(class, score)| Detection { class, score, area };
            Ok(seen.into_iter().map(found).collect())
        }
    }

    /// What is said of stretches of three seconds and three pictures.
    fn said(pictures: &[&[(usize, f32)]]) -> Vec<(AnnotationKind, String, f64, f64)> {
        let script = Mutex::new(pictures.iter().map(|it| it.to_vec()).collect());
        let mut objects = Objects::new(Arc::new(Scripted(script)));
        let picture = Picture::new(1, 1, &[0; 3]).expect("whole");
        for (place, _) in pictures.iter().enumerate() {
            objects.look(0.0, &picture).expect("looks");
            if place % 3 == 2 {
                objects.close(Span::new(place as f64 - 2.0, place as f64 + 1.0));
            }
        }
        let said = Box::new(objects).finish();
        let span = |it: &Annotation| it.span.expect("each has one");
        said.iter().map(|it| (it.kind, it.value.clone(), span(it).start, span(it).end)).collect()
    }

    const DOG: usize = 16;
    const ONE: &[(usize, f32)] = &[(PERSON, 0.9)];
    const TWO: &[(usize, f32)] = &[(PERSON, 0.9), (PERSON, 0.6)];
    /// One, and one that is not sure enough.
    const DOUBTFUL: &[(usize, f32)] = &[(PERSON, 0.9), (PERSON, 0.3)];

    #[test]
    fn the_usual_number_of_people_is_told() {
        let people =
            |value: &str, start, end| (AnnotationKind::People, value.to_owned(), start, end);
        assert_eq!(said(&[TWO, ONE, TWO]), [people("2 people", 0.0, 3.0)]);
        assert_eq!(said(&[DOUBTFUL, DOUBTFUL, TWO]), [people("1 person", 0.0, 3.0)]);
        assert_eq!(said(&[&[], ONE, &[]]), []);
        let on_and_off = said(&[ONE, ONE, ONE, ONE, ONE, ONE, &[], &[], &[], ONE, ONE, ONE]);
        assert_eq!(on_and_off, [people("1 person", 0.0, 6.0), people("1 person", 9.0, 12.0)]);
    }

    #[test]
    fn a_thing_is_named_when_most_pictures_show_it() {
        let dog: &[(usize, f32)] = &[(DOG, 0.9), (DOG, 0.3)];
        assert_eq!(said(&[dog, dog, &[]]), [(AnnotationKind::Label, "dog".to_owned(), 0.0, 3.0)]);
        assert_eq!(said(&[dog, &[], &[]]), []);
        // People are counted, not named.
        assert!(said(&[ONE, ONE, ONE]).iter().all(|it| it.0 == AnnotationKind::People));
    }
}
