//! How long models were at work, for whoever measures what the rest costs.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

static CLOCK: Mutex<Clock> = Mutex::new(Clock { before: 0.0, at_work: 0, since: None });

/// Time during which any model is at work, however many are at once.
struct Clock {
    /// Seconds that are over.
    before: f64,
    at_work: usize,
    since: Option<Instant>,
}

impl Clock {
    fn begin(&mut self) {
        self.at_work += 1;
        self.since.get_or_insert_with(Instant::now);
    }

    fn end(&mut self) {
        self.at_work -= 1;
        if self.at_work == 0 {
            (self.before, self.since) = (self.seconds(), None);
        }
    }

    fn seconds(&self) -> f64 {
        self.before + self.since.map_or(0.0, |since| since.elapsed().as_secs_f64())
    }
}

fn with<T>(change: impl FnOnce(&mut Clock) -> T) -> T {
    change(&mut CLOCK.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Seconds so far in which a model of this process, or several, were opened or
/// asked.
pub fn seconds() -> f64 {
    with(|clock| clock.seconds())
}

/// Counts until it is dropped.
pub(crate) struct Working(());

/// A model is at work from here on.
pub(crate) fn working() -> Working {
    with(Clock::begin);
    Working(())
}

impl Drop for Working {
    fn drop(&mut self) {
        with(Clock::end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn work_at_once_counts_once() {
        let mut clock = Clock { before: 0.0, at_work: 0, since: None };
        let started = Instant::now();
        clock.begin();
        clock.begin();
        std::thread::sleep(Duration::from_millis(20));
        clock.end();
        assert!(clock.seconds() >= 0.02);
        clock.end();
        let so_far = clock.seconds();
        assert!((0.02..=started.elapsed().as_secs_f64()).contains(&so_far), "{so_far}");
        std::thread::sleep(Duration::from_millis(5));
        assert!((clock.seconds() - so_far).abs() < 1e-9, "nobody is at work");
        clock.begin();
        std::thread::sleep(Duration::from_millis(5));
        assert!(clock.seconds() >= so_far + 0.005, "the next one counts again");
    }
}
