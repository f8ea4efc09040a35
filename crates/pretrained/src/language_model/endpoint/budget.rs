//! Tokens that may be spent a day.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Counts tokens by day (UTC).
pub(super) struct Budget {
    daily_tokens: u64,
    today: Mutex<Day>,
}

struct Day {
    /// Days since 1970.
    number: u64,
    spent: u64,
}

impl Budget {
    /// 0: no limit.
    pub(super) fn new(daily_tokens: u64) -> Self {
        Self { daily_tokens, today: Mutex::new(Day { number: 0, spent: 0 }) }
    }

    /// Sets tokens aside, or says why not.
    pub(super) fn reserve(&self, tokens: u64) -> Result<(), String> {
        self.reserve_on(day(), tokens)
    }

    fn reserve_on(&self, number: u64, tokens: u64) -> Result<(), String> {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.number != number {
            *today = Day { number, spent: 0 };
        }
        let (limit, spent) = (self.daily_tokens, today.spent);
        if limit > 0 && spent + tokens > limit {
            return Err(format!(
                "{spent} of {limit} tokens are spent today and this question may take {tokens}: \
                 wait for midnight (UTC) or raise daily_tokens"
            ));
        }
        today.spent += tokens;
        Ok(())
    }

    /// Replaces a reservation by what was really spent.
    pub(super) fn settle(&self, reserved: u64, spent: u64) {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        today.spent = today.spent.saturating_sub(reserved) + spent;
    }
}

fn day() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs() / 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_and_starts_anew_the_next_day() {
        let budget = Budget::new(100);
        assert_eq!(budget.reserve_on(1, 60), Ok(()));
        assert!(budget.reserve_on(1, 60).is_err());
        budget.settle(60, 30);
        assert_eq!(budget.reserve_on(1, 60), Ok(()));
        assert!(budget.reserve_on(1, 60).is_err());
        assert_eq!(budget.reserve_on(2, 60), Ok(()));
        assert_eq!(Budget::new(0).reserve(u64::MAX), Ok(()));
    }
}
