//! Why a figure is missing.

use async_graphql::Enum;

/// Why a figure is null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum MissingReason {
    /// No facts are recorded for the window.
    NoFacts,
    /// No facts are recorded for the window before, so there is nothing to compare with.
    NoFactsBefore,
    /// The figure of the window before is zero, so a relative change has no meaning.
    ZeroBefore,
    /// There is nothing to divide by, such as an average ticket without a sale.
    NothingToDivideBy,
    /// The amounts are in more than one currency, and amounts of different currencies are never added or
    /// compared.
    MixedCurrencies,
    /// The unit has no active chairs.
    NoActiveChairs,
    /// Too few comparable units: a standing among them would mean little and could give away their figures.
    CohortTooSmall,
    /// The unit or a unit above it is not active, and only operating units are compared.
    NotOperating,
    /// A network has no peers: units are compared within their network.
    NoPeers,
}
