//! Places for subscriptions: so many in all, so many for each caller.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Limits;
use crate::caller::token::Subject;
use crate::error::{Error, Result};

/// The places of a service.
pub(crate) struct Places {
    limits: Limits,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    open: usize,
    of_callers: HashMap<Subject, usize>,
}

/// A place that is taken until this is dropped.
pub(crate) struct Place {
    taken: Arc<Mutex<Taken>>,
    subject: Subject,
}

impl Places {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, taken: Arc::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`Error::TooManySubscriptions`] when there is none.
    pub(crate) fn take(&self, subject: Subject) -> Result<Place> {
        let Limits { open, of_caller, .. } = self.limits;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.open >= open {
            return Err(Error::TooManySubscriptions(format!(
                "the service has {open} subscriptions already, the most that may be open; try again in a while"
            )));
        }
        let own = taken.of_callers.get(&subject).copied().unwrap_or_default();
        if own >= of_caller {
            return Err(Error::TooManySubscriptions(format!(
                "you have {of_caller} subscriptions already, the most that one caller may have open; end one first"
            )));
        }
        taken.open += 1;
        taken.of_callers.insert(subject.clone(), own + 1);
        Ok(Place { taken: self.taken.clone(), subject })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.open -= 1;
        if let Some(own) = taken.of_callers.get_mut(&self.subject) {
            *own -= 1;
            if *own == 0 {
                taken.of_callers.remove(&self.subject);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn person(number: u128) -> Subject {
        Subject::Person(Uuid::from_u128(number), None)
    }

    #[test]
    fn places_are_bounded_in_all_and_for_each_caller_and_come_free_again() {
        let places = Places::new(Limits { open: 3, of_caller: 2, ..Limits::default() });
        let first = places.take(person(1)).unwrap();
        let second = places.take(person(1)).unwrap();
        let refused = places.take(person(1)).map(drop).unwrap_err().to_string();
        assert!(refused.starts_with("you have 2 subscriptions"), "{refused}");
        let third = places.take(person(2)).unwrap();
        let refused = places.take(person(3)).map(drop).unwrap_err().to_string();
        assert!(refused.starts_with("the service has 3 subscriptions"), "{refused}");
        drop((first, second));
        let _kept = (places.take(person(3)).unwrap(), places.take(person(1)).unwrap());
        drop(third);
        assert_eq!(places.taken.lock().unwrap().of_callers.len(), 2);
    }
}
