//! Tokens that may be spent a day.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Counts tokens by day (UTC), over all processes that keep count in one file.
pub(super) struct Budget {
    daily_tokens: u64,
    /// Where the count outlives this process.
    ledger: Option<PathBuf>,
    today: Mutex<Day>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    /// Days since 1970.
    number: u64,
    spent: u64,
}

impl Budget {
    /// 0: no limit.
    pub(super) fn new(daily_tokens: u64) -> Self {
        Self { daily_tokens, ledger: None, today: Mutex::new(Day { number: 0, spent: 0 }) }
    }

    /// Keeps count in this file too. Without a limit nothing is written.
    pub(super) fn in_ledger(self, path: PathBuf) -> Self {
        Self { ledger: Some(path).filter(|_| self.daily_tokens > 0), ..self }
    }

    /// Sets tokens aside, or says why not.
    pub(super) fn reserve(&self, tokens: u64) -> Result<(), String> {
        self.reserve_on(day(), tokens)
    }

    fn reserve_on(&self, number: u64, tokens: u64) -> Result<(), String> {
        self.change(|today| {
            if today.number != number {
                *today = Day { number, spent: 0 };
            }
            let (limit, spent) = (self.daily_tokens, today.spent);
            if limit > 0 && spent + tokens > limit {
                return Err(format!(
                    "{spent} of {limit} tokens are spent today and this question may take \
                     {tokens}: wait for midnight (UTC) or raise daily_tokens"
                ));
            }
            today.spent = today.spent.saturating_add(tokens);
            Ok(())
        })
    }

    /// Replaces a reservation by what was really spent.
    pub(super) fn settle(&self, reserved: u64, spent: u64) {
        self.change(|today| today.spent = today.spent.saturating_sub(reserved) + spent);
    }

    /// Changes the count, here and in the ledger. A ledger that cannot be
    /// written (a models folder that is read-only) leaves the count in memory.
    fn change<T>(&self, change: impl FnOnce(&mut Day) -> T) -> T {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ledger = self.ledger.as_deref().and_then(|path| match open(path) {
            Ok(ledger) => Some(ledger),
            Err(error) => {
                tracing::warn!("tokens are counted in memory only: {}: {error}", path.display());
                None
            }
        });
        if let Some(others) = ledger.as_mut().and_then(read) {
            *today = others;
        }
        let outcome = change(&mut today);
        if let Some(ledger) = &mut ledger
            && let Err(error) = write(ledger, *today)
        {
            tracing::warn!("the count of tokens was not kept: {error}");
        }
        outcome
    }
}

/// Opens the file and waits for its lock, which goes with it.
fn open(path: &std::path::Path) -> io::Result<File> {
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    file.lock()?;
    Ok(file)
}

fn read(ledger: &mut File) -> Option<Day> {
    let mut text = String::new();
    ledger.read_to_string(&mut text).ok()?;
    let (number, spent) = text.trim().split_once(' ')?;
    Some(Day { number: number.parse().ok()?, spent: spent.trim().parse().ok()? })
}

/// Always as long, so that it is written over in place.
fn write(ledger: &mut File, day: Day) -> io::Result<()> {
    ledger.rewind()?;
    ledger.write_all(format!("{:<20} {:>20}\n", day.number, day.spent).as_bytes())
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

    #[test]
    fn a_ledger_outlives_the_process_and_is_shared() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("tokens");
        let open = || Budget::new(100).in_ledger(path.clone());
        let first = open();
        assert_eq!(first.reserve_on(1, 60), Ok(()));
        first.settle(60, 50);
        let second = open();
        assert!(second.reserve_on(1, 60).is_err(), "50 were spent before the restart");
        assert_eq!(second.reserve_on(1, 40), Ok(()));
        assert!(first.reserve_on(1, 20).is_err(), "the other process has spent them");
        assert_eq!(open().reserve_on(2, 100), Ok(()));

        std::fs::write(&path, "no count").expect("written");
        assert_eq!(open().reserve_on(2, 100), Ok(()), "a damaged ledger starts anew");
        let nowhere = Budget::new(100).in_ledger(dir.path().join("none/tokens"));
        assert_eq!(nowhere.reserve_on(1, 60), Ok(()));
        assert!(nowhere.reserve_on(1, 60).is_err(), "counted in memory");
    }
}
