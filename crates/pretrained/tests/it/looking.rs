//! The networks that look at pictures, where they were fetched.

use crate::real::models;
use vireo_pretrained::catalogue::Job;
use vireo_pretrained::object_detection::PERSON;
use vireo_pretrained::picture::Picture;
use vireo_pretrained::picture_labelling::classes;

/// A night sky with a round full moon: nothing unsafe, and no animal.
fn moon() -> Vec<u8> {
    let is_moon = |x: i32, y: i32| (x - 160).pow(2) + (y - 90).pow(2) < 40 * 40;
    let pixel = |x, y| if is_moon(x, y) { [230, 230, 210] } else { [10, 10, 30] };
    (0..180).flat_map(|y| (0..320).flat_map(move |x| pixel(x, y))).collect()
}

#[test]
fn a_moon_is_safe_and_no_dog() {
    let jobs = [Job::Runtime, Job::PictureLabelling, Job::ObjectDetection, Job::UnsafeContent];
    let Some(models) = models("standard", &jobs) else { return };
    let pixels = moon();
    let picture = Picture::new(320, 180, &pixels).expect("whole");
    let detector = models.unsafe_content().expect("opens").expect("fetched");
    let score = detector.score(&picture).expect("scores");
    assert!((0.0..0.2).contains(&score), "{score}");
    let labeller = models.picture_labeller().expect("opens").expect("fetched");
    let likelihoods = labeller.look(&picture).expect("looks");
    assert_eq!(likelihoods.len(), classes().len());
    let dogs = classes().iter().zip(&likelihoods).filter(|it| it.0.broader == Some("dog"));
    assert!(dogs.map(|it| it.1).sum::<f32>() < 0.1);
    let detector = models.object_detector().expect("opens").expect("fetched");
    let found = detector.detect(&picture).expect("looks");
    assert!(found.iter().all(|it| it.class != PERSON && it.score < 0.5), "{found:?}");
}

#[test]
fn what_was_not_fetched_is_none() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = vireo_pretrained::models::Config {
        dir: Some(dir.path().to_owned()),
        ..vireo_pretrained::models::Config::default()
    };
    let models = vireo_pretrained::Models::new(config);
    assert!(models.picture_labeller().expect("no error").is_none());
    assert!(models.object_detector().expect("no error").is_none());
    assert!(models.unsafe_content().expect("no error").is_none());
}
