//! Whose budget a request is taken from.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

use super::bucket::Policy;
use super::policies::Policies;
use crate::caller::Caller;
use crate::config::Config;

/// The header to which each proxy adds the address it was called from.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Stands for a client: the beginning of a hash, for what is kept of clients is not to say who they are.
pub(super) type Key = [u8; 16];

/// A client with its budgets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spender {
    pub(super) key: Key,
    pub(super) enforced: Option<Policy>,
    /// Only reported.
    pub(super) shadow: Option<Policy>,
}

/// The budgets of one generation.
pub(crate) struct Budgets {
    enforced: Option<Policies>,
    shadow: Option<Policies>,
    roles_claim: String,
    proxies: usize,
}

impl Budgets {
    /// Those of a configuration, if it has any.
    pub(crate) fn new(config: &Config) -> Option<Self> {
        let enforced = Policies::enforced(&config.limits);
        let shadow = Policies::shadow(&config.limits.shadow);
        (enforced.is_some() || shadow.is_some()).then(|| Self {
            enforced,
            shadow,
            roles_claim: config.callers.roles_claim().to_owned(),
            proxies: config.http.trusted_proxies,
        })
    }

    /// Whose budget a request of a caller is taken from; `None` where there is no bound.
    pub(crate) fn spender(
        &self,
        caller: &Caller,
        peer: Option<IpAddr>,
        headers: &HeaderMap,
    ) -> Option<Spender> {
        let of = |policies: &Option<Policies>| policies.as_ref()?.of(caller, &self.roles_claim);
        let (enforced, shadow) = (of(&self.enforced), of(&self.shadow));
        (enforced.is_some() || shadow.is_some()).then(|| Spender {
            key: key(caller, || client_address(peer, headers, self.proxies)),
            enforced,
            shadow,
        })
    }
}

fn key(caller: &Caller, address: impl FnOnce() -> Option<IpAddr>) -> Key {
    let mut hash = Sha256::new();
    match caller.subject() {
        Some(subject) => {
            hash.update(b"s");
            hash.update(subject);
        }
        None => match address().map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => {
                hash.update(b"4");
                hash.update(address.octets());
            }
            // A client is given a whole network, usually of 64 bits.
            Some(IpAddr::V6(address)) => {
                hash.update(b"6");
                hash.update(&address.octets()[..8]);
            }
            None => hash.update(b"?"),
        },
    }
    let hash: [u8; 32] = hash.finalize().into();
    let mut key = Key::default();
    key.copy_from_slice(&hash[..16]);
    key
}

/// Where a request came from: the peer of the connection, or what the outermost of a number of proxies says of its own.
fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let Some(place) = proxies.checked_sub(1) else { return peer };
    let lines: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    hops.nth(place).and_then(|hop| address(hop.trim())).or(peer)
}

/// An address, perhaps with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.trim_start_matches('[').trim_end_matches(']').parse().ok();
    text.parse::<SocketAddr>().map(|address| address.ip()).ok().or_else(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_trusted_proxies_tell() {
        let cases: [(usize, &[&str], &str); 12] = [
            (0, &["198.51.100.1"], "127.0.0.1"),
            (1, &["198.51.100.1"], "198.51.100.1"),
            (1, &["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            (2, &["203.0.113.9, 198.51.100.1"], "203.0.113.9"),
            (2, &["192.0.2.7", "203.0.113.9,198.51.100.1"], "203.0.113.9"),
            (3, &["192.0.2.7", "203.0.113.9,198.51.100.1"], "192.0.2.7"),
            (3, &["203.0.113.9, 198.51.100.1"], "127.0.0.1"),
            (1, &[], "127.0.0.1"),
            (1, &["unknown"], "127.0.0.1"),
            (1, &["198.51.100.1:4711"], "198.51.100.1"),
            (1, &["[2001:db8::1]:4711"], "2001:db8::1"),
            (1, &["2001:db8::1"], "2001:db8::1"),
        ];
        for (proxies, lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            let found = client_address("127.0.0.1".parse().ok(), &headers, proxies);
            assert_eq!(found, expected.parse().ok(), "{proxies} {lines:?}");
        }
    }

    #[test]
    fn clients_are_told_apart_by_subject_or_else_by_network() {
        let of = |caller: &Caller, address: &str| key(caller, || address.parse().ok());
        let (nobody, ann) = (Caller::anonymous(), Caller::identified("ann", serde_json::Map::default()));
        let same = [
            (of(&ann, "192.0.2.1"), of(&ann, "192.0.2.2")),
            (of(&nobody, "192.0.2.1"), of(&nobody, "::ffff:192.0.2.1")),
            (of(&nobody, "2001:db8:1:2::3"), of(&nobody, "2001:db8:1:2:ffff::4")),
        ];
        for (one, other) in same {
            assert_eq!(one, other);
        }
        let other = Caller::identified("192.0.2.1", serde_json::Map::default());
        let all = [
            of(&ann, ""),
            of(&other, ""),
            of(&nobody, ""),
            of(&nobody, "192.0.2.1"),
            of(&nobody, "192.0.2.2"),
            of(&nobody, "2001:db8:1:2::3"),
            of(&nobody, "2001:db8:1:3::3"),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
