//! A circuit breaker: a subgraph that fails most calls is left alone for a while, then tried with one call.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::BreakerConfig;

/// The breaker of one subgraph.
pub(super) struct Breaker {
    config: BreakerConfig,
    state: Mutex<State>,
}

enum State {
    /// Calls go through and are counted.
    Closed(Window),
    /// No call goes through until then.
    Open(Instant),
    /// One call goes through at a time; its outcome decides.
    Trying { busy: bool },
}

/// Calls of the last while: of the present half and the one before.
struct Window {
    since: Instant,
    present: Counts,
    before: Counts,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    calls: u32,
    failures: u32,
}

/// A call that goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    Usual,
    /// The one that decides whether others go through.
    Trial,
}

/// What a call changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Opened,
    Closed,
}

impl Breaker {
    pub(super) fn new(config: BreakerConfig, now: Instant) -> Self {
        Self { config, state: Mutex::new(State::Closed(Window::new(now))) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held leaves no state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no call may go through, not even to try: a subgraph that may be tried must get the call that tries it.
    pub(super) fn is_open(&self, now: Instant) -> bool {
        matches!(&*self.state(), State::Open(until) if now < *until)
    }

    /// Whether a call may go through; if not, after what time it is worth asking again.
    pub(super) fn pass(&self, now: Instant) -> Result<Pass, Duration> {
        let mut state = self.state();
        match &mut *state {
            State::Closed(_) => Ok(Pass::Usual),
            State::Open(until) if now < *until => Err(*until - now),
            State::Open(_) => {
                *state = State::Trying { busy: true };
                Ok(Pass::Trial)
            }
            State::Trying { busy } if !*busy => {
                *busy = true;
                Ok(Pass::Trial)
            }
            State::Trying { .. } => Err(self.config.open_for.0),
        }
    }

    /// Notes the outcome of a call that went through.
    pub(super) fn note(&self, pass: Pass, failed: bool, now: Instant) -> Change {
        let mut state = self.state();
        match (&mut *state, pass) {
            (State::Closed(window), _) => {
                window.roll(now, self.config.window.0 / 2);
                window.present.calls += 1;
                window.present.failures += u32::from(failed);
                let Counts { calls, failures } = window.sum();
                let share = u64::from(failures) * 100 >= u64::from(calls) * u64::from(self.config.failures);
                if failed && share && calls >= self.config.min_calls {
                    *state = State::Open(now + self.config.open_for.0);
                    return Change::Opened;
                }
                Change::None
            }
            (State::Trying { .. }, Pass::Trial) if failed => {
                *state = State::Open(now + self.config.open_for.0);
                Change::None
            }
            (State::Trying { .. }, Pass::Trial) => {
                *state = State::Closed(Window::new(now));
                Change::Closed
            }
            // A call from before the breaker opened.
            (State::Open(_) | State::Trying { .. }, _) => Change::None,
        }
    }

    /// A call that went through is given up before its outcome is known.
    pub(super) fn give_up(&self, pass: Pass) {
        if let (State::Trying { busy }, Pass::Trial) = (&mut *self.state(), pass) {
            *busy = false;
        }
    }
}

impl Window {
    fn new(now: Instant) -> Self {
        Self { since: now, present: Counts::default(), before: Counts::default() }
    }

    fn roll(&mut self, now: Instant, half: Duration) {
        let age = now.saturating_duration_since(self.since);
        if age >= half * 2 {
            *self = Self::new(now);
        } else if age >= half {
            *self = Self { since: self.since + half, before: self.present, present: Counts::default() };
        }
    }

    fn sum(&self) -> Counts {
        Counts {
            calls: self.before.calls.saturating_add(self.present.calls),
            failures: self.before.failures.saturating_add(self.present.failures),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Time;

    fn breaker(now: Instant) -> Breaker {
        let config = BreakerConfig {
            enabled: true,
            failures: 50,
            min_calls: 4,
            window: Time::seconds(10),
            open_for: Time::seconds(5),
        };
        Breaker::new(config, now)
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// Calls one after the other, each a failure or not; what the last changed.
    fn calls(breaker: &Breaker, outcomes: &[bool], now: Instant) -> Change {
        outcomes.iter().fold(Change::None, |_, failed| breaker.note(breaker.pass(now).unwrap(), *failed, now))
    }

    #[test]
    fn opens_when_enough_calls_failed_and_not_before() {
        let now = Instant::now();
        let (f, s) = (true, false);
        assert_eq!(calls(&breaker(now), &[f, f, f], now), Change::None, "too few to judge");
        assert_eq!(calls(&breaker(now), &[f, f, f, f], now), Change::Opened);
        assert_eq!(calls(&breaker(now), &[s, s, s, f, f, f], now), Change::Opened, "half of them");
        assert_eq!(calls(&breaker(now), &[s, s, s, s, f, f, f], now), Change::None, "less than half of them");
    }

    #[test]
    fn forgets_what_is_longer_ago_than_its_window() {
        let now = Instant::now();
        let breaker = breaker(now);
        calls(&breaker, &[true, true, true], now);
        assert_eq!(calls(&breaker, &[true], now + seconds(11)), Change::None);
        assert_eq!(calls(&breaker, &[true, true, true], now + seconds(13)), Change::Opened);
    }

    #[test]
    fn lets_one_call_through_after_a_while_and_closes_if_it_succeeds() {
        let now = Instant::now();
        let breaker = breaker(now);
        calls(&breaker, &[true; 4], now);
        assert_eq!(breaker.pass(now + seconds(2)), Err(seconds(3)));
        let later = now + seconds(5);
        assert_eq!(breaker.pass(later), Ok(Pass::Trial));
        assert!(breaker.pass(later).is_err(), "one at a time");
        assert_eq!(
            breaker.note(Pass::Usual, false, later),
            Change::None,
            "a call from before decides nothing"
        );
        assert_eq!(breaker.note(Pass::Trial, false, later), Change::Closed);
        assert_eq!(breaker.pass(later), Ok(Pass::Usual));
    }

    #[test]
    fn stays_open_if_the_call_fails_and_tries_another_if_it_is_given_up() {
        let now = Instant::now();
        let breaker = breaker(now);
        calls(&breaker, &[true; 4], now);
        let later = now + seconds(5);
        let pass = breaker.pass(later).unwrap();
        breaker.give_up(pass);
        let pass = breaker.pass(later).unwrap();
        assert_eq!(breaker.note(pass, true, later), Change::None);
        assert_eq!(breaker.pass(later), Err(seconds(5)));
    }
}
