//! On whose behalf a subgraph is called.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What of a client's request the answer of a subgraph may depend on, besides operation and variables.
///
/// Requests with equal audiences may get the same answer. Values of different types are never equal.
/// Cheap to clone.
#[derive(Clone)]
pub struct Audience(Arc<dyn Compared>);

impl Audience {
    /// An audience. The value's `Eq` must take in everything that a transport makes of it in a request; what
    /// is left out (a trace id, say) is that of whichever request is sent for all.
    pub fn new<T: Any + Eq + Hash + Send + Sync>(value: Arc<T>) -> Self {
        Self(value)
    }

    /// The value, as a transport gets it back in
    /// [`SubgraphRequest::context`](super::SubgraphRequest::context).
    pub fn value(&self) -> &(dyn Any + Send + Sync) {
        self.0.value()
    }
}

impl PartialEq for Audience {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.equals(other.value())
    }
}

impl Eq for Audience {}

impl Hash for Audience {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.add_to(state);
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value may hold secrets.
        f.write_str("Audience")
    }
}

/// A value of which only what a comparison needs is known.
trait Compared: Send + Sync {
    fn value(&self) -> &(dyn Any + Send + Sync);
    fn equals(&self, other: &(dyn Any + Send + Sync)) -> bool;
    fn add_to(&self, state: &mut dyn Hasher);
}

impl<T: Any + Eq + Hash + Send + Sync> Compared for T {
    fn value(&self) -> &(dyn Any + Send + Sync) {
        self
    }

    fn equals(&self, other: &(dyn Any + Send + Sync)) -> bool {
        other.downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn add_to(&self, mut state: &mut dyn Hasher) {
        self.hash(&mut state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_are_equal_by_value_and_type() {
        let audience = |value: u32| Audience::new(Arc::new(value));
        assert!(audience(1) == audience(1));
        assert!(audience(1) != audience(2));
        assert!(audience(1) != Audience::new(Arc::new(1u64)));
        assert_eq!(audience(7).value().downcast_ref(), Some(&7u32));
    }
}
