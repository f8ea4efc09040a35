//! Things that one thread at a time may use.

use std::sync::{Condvar, Mutex, PoisonError};

/// Lends its things to whoever comes first.
pub(super) struct Pool<T> {
    idle: Mutex<Vec<T>>,
    returned: Condvar,
}

impl<T> Pool<T> {
    pub(super) fn new(things: Vec<T>) -> Self {
        Self { idle: Mutex::new(things), returned: Condvar::new() }
    }

    /// Waits for a thing and works with it. A thing whose work panics is lost.
    pub(super) fn lend<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut idle = self
            .returned
            .wait_while(idle, |idle| idle.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let thing = idle.pop();
        drop(idle);
        let mut thing = thing.expect("waited until there was one");
        let result = work(&mut thing);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(thing);
        self.returned.notify_one();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_thing_is_lent_twice() {
        let pool = Pool::new(vec![0_u32, 0]);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..100).for_each(|_| pool.lend(|count| *count += 1)));
            }
        });
        let counts = pool.idle.into_inner().expect("no thread panicked");
        assert_eq!(counts.iter().sum::<u32>(), 800);
    }
}
