//! What a client says of answers that are kept (RFC 9111, section 5.2.1).

use std::time::Duration;

use http::HeaderMap;
use http::header::CACHE_CONTROL;

/// Whether a client takes an answer that is kept, and lets its own be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// The oldest answer it takes.
    max_age: Duration,
    keeps_nothing: bool,
}

impl Wish {
    /// Any answer, kept or not.
    pub(crate) const ANY: Self = Self { max_age: Duration::MAX, keeps_nothing: false };

    /// Neither.
    pub(crate) const NOTHING: Self = Self { max_age: Duration::ZERO, keeps_nothing: true };

    /// The wish of a client who is known: `no-cache`, `no-store` and `max-age` are heeded. Strangers take any answer, as
    /// else anybody could have everything worked out anew.
    pub(crate) fn of(headers: &HeaderMap, is_anonymous: bool) -> Self {
        let values = headers.get_all(CACHE_CONTROL).iter().filter(|_| !is_anonymous);
        let directives = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        directives.fold(Self::ANY, |wish, directive| {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" => Self::NOTHING,
                "no-cache" => Self { max_age: Duration::ZERO, ..wish },
                "max-age" => {
                    // What is no number is the strictest there is (section 4.2.1).
                    let seconds = value.trim().trim_matches('"').parse().unwrap_or(0);
                    Self { max_age: wish.max_age.min(Duration::from_secs(seconds)), ..wish }
                }
                _ => wish,
            }
        })
    }

    /// Whether an answer of this age will do.
    pub(super) fn takes(self, age: Duration) -> bool {
        // Ages are told in whole seconds; nothing is as young as no seconds.
        !self.max_age.is_zero() && age.as_secs() <= self.max_age.as_secs()
    }

    pub(super) fn keeps_nothing(self) -> bool {
        self.keeps_nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_who_are_known_say_what_they_take() {
        let up_to = |seconds| Wish { max_age: Duration::from_secs(seconds), keeps_nothing: false };
        let cases = [
            ("", Wish::ANY),
            ("public, only-if-cached", Wish::ANY),
            ("no-cache", up_to(0)),
            ("No-Cache", up_to(0)),
            ("max-age=0", up_to(0)),
            ("max-age=60", up_to(60)),
            ("max-age=60, max-age=5", up_to(5)),
            (" max-age = \"7\" ", up_to(7)),
            ("max-age=soon", up_to(0)),
            ("max-age=60, no-store", Wish::NOTHING),
        ];
        for (value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, value.parse().unwrap());
            assert_eq!(Wish::of(&headers, false), expected, "{value}");
            assert_eq!(Wish::of(&headers, true), Wish::ANY, "{value}, of a stranger");
        }
    }

    #[test]
    fn an_answer_is_as_old_as_is_told() {
        let up_to = |seconds| Wish { max_age: Duration::from_secs(seconds), keeps_nothing: false };
        let cases = [(0, 0, false), (5, 4_000, true), (5, 5_999, true), (5, 6_000, false)];
        for (most, milliseconds, expected) in cases {
            let takes = up_to(most).takes(Duration::from_millis(milliseconds));
            assert_eq!(takes, expected, "{milliseconds} ms of {most} s");
        }
        assert!(Wish::ANY.takes(Duration::from_secs(1 << 40)));
    }
}
