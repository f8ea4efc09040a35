//! From sound to cues: stretches of speech, packed into the recogniser's
//! windows, and its words put back in their place.

pub(crate) mod guards;
pub(crate) mod stretches;
pub(crate) mod windows;

/// Samples of so many seconds.
pub(crate) fn samples(seconds: f64) -> usize {
    (seconds * f64::from(vireo_media::audio::SAMPLE_RATE)) as usize
}

/// Seconds of so many samples.
pub(crate) fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(vireo_media::audio::SAMPLE_RATE)
}
