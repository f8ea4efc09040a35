//! The real models, where they were fetched.

use vireo_pretrained::catalogue::Job;
use vireo_pretrained::{Models, models};

/// The models of a profile if `jobs` are all there; else says what is missing.
pub(crate) fn models(profile: &str, jobs: &[Job]) -> Option<Models> {
    let config = models::Config { profile: profile.to_owned(), ..models::Config::default() };
    let models = Models::new(config);
    let status = models.status().expect("the catalogue is sound");
    let missing: Vec<_> = status
        .iter()
        .filter(|status| jobs.contains(&status.job) && !status.is_present)
        .map(|status| status.model.as_str())
        .collect();
    if missing.is_empty() {
        return Some(models);
    }
    eprintln!(
        "skipped: {} not fetched (vireo models pull --profile {profile})",
        missing.join(", ")
    );
    None
}
