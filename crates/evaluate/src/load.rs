//! `vireo bench serve`: latency of the running server, from outside.

use crate::{Measured, Report, peak_memory_mb};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A kind of request and the addresses to ask, in turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Name for the table (`feed`, `search`…).
    pub name: String,
    /// Full addresses.
    pub urls: Vec<String>,
}

/// Asks each route for `seconds` with `clients` at once, after one second of
/// warming up. Loopback only: it is a measurement, not a weapon.
pub fn run(routes: &[Route], clients: usize, seconds: f64, mut report: Report) -> Report {
    for route in routes.iter().filter(|route| !route.urls.is_empty()) {
        let begin = Instant::now();
        ask(route, clients, Duration::from_secs(1));
        let warm = begin.elapsed();
        let begin = Instant::now();
        let (mut times, failures) = ask(route, clients, Duration::from_secs_f64(seconds));
        let wall = begin.elapsed().as_secs_f64();
        times.sort_by(f64::total_cmp);
        let percentile = |share: f64| {
            times.get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1)))
        };
        let mut metrics = BTreeMap::from([
            ("requests_per_second".to_owned(), times.len() as f64 / wall),
            ("failures".to_owned(), failures as f64),
        ]);
        for (name, share) in [("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)] {
            if let Some(time) = percentile(share) {
                metrics.insert(name.to_owned(), time * 1e3);
            }
        }
        report.results.push(Measured {
            name: route.name.clone(),
            count: times.len(),
            metrics,
            seconds: BTreeMap::from([("warming_up".to_owned(), warm.as_secs_f64())]),
            peak_memory_mb: peak_memory_mb(),
            ..Measured::default()
        });
    }
    report
}

/// Times of the requests that were answered with 2xx, and the number of others.
fn ask(route: &Route, clients: usize, length: Duration) -> (Vec<f64>, usize) {
    let until = Instant::now() + length;
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(30))).build().into();
    let answers: Vec<(Vec<f64>, usize)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients.max(1))
            .map(|client| {
                let agent = agent.clone();
                scope.spawn(move || {
                    let (mut times, mut failures) = (Vec::new(), 0);
                    let mut place = client * 7;
                    while Instant::now() < until {
                        let url = &route.urls[place % route.urls.len()];
                        place += 1;
                        let begin = Instant::now();
                        let whole = agent
                            .get(url)
                            .call()
                            .and_then(|mut answer| answer.body_mut().read_to_vec());
                        match whole {
                            Ok(_) => times.push(begin.elapsed().as_secs_f64()),
                            Err(_) => failures += 1,
                        }
                    }
                    (times, failures)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let failures = answers.iter().map(|(_, failures)| failures).sum();
    (answers.into_iter().flat_map(|(times, _)| times).collect(), failures)
}
