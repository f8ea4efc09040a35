//! How long models were at work, for whoever measures what the rest costs.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

static NANOSECONDS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Whether a model is at work on this thread: one that asks another counts once.
    static AT_WORK: Cell<bool> = const { Cell::new(false) };
}

/// Seconds that the models of this process were opened or asked for, so far.
/// Two that are asked at once count twice.
pub fn seconds() -> f64 {
    NANOSECONDS.load(Ordering::Relaxed) as f64 / 1e9
}

/// Counts until it is dropped.
pub(crate) struct Working(Option<Instant>);

/// A model is at work from here on.
pub(crate) fn working() -> Working {
    Working((!AT_WORK.replace(true)).then(Instant::now))
}

impl Drop for Working {
    fn drop(&mut self) {
        if let Some(since) = self.0 {
            AT_WORK.set(false);
            let spent = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
            NANOSECONDS.fetch_add(spent, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn work_within_work_counts_once() {
        let before = seconds();
        let outer = working();
        let inner = working();
        assert!(outer.0.is_some() && inner.0.is_none());
        std::thread::sleep(Duration::from_millis(20));
        drop(inner);
        assert!(working().0.is_none(), "the outer one is still at work");
        drop(outer);
        assert!(seconds() - before >= 0.02);
        assert!(working().0.is_some(), "the next one counts again");
    }
}
