//! A contract that shows each caller what it may read: one view for all who meet the same rules of access.
//!
//! There are as many as there are different sets of scopes and policies among callers, which whoever issues tokens decides;
//! a view is made when its first caller comes, on a thread of its own and one at a time, and those used longest ago are let go.

use std::sync::Arc;
use std::time::Instant;

use federation::graph::Contract;
use federation::operation::Mask;
use federation::{Engine, Permissions};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::sync::Mutex;

use super::{View, reasons, tags};
use crate::config::ContractConfig;

/// The views of one contract.
pub(super) struct Variants {
    whole: Arc<Engine>,
    contract: Contract,
    /// What all of its callers hold.
    common: Permissions,
    /// Of those who hold no more.
    least: Arc<View>,
    /// By which rules of the whole schema are met.
    kept: Cache<Mask, Variant>,
    making: Mutex<()>,
    /// Whether the hash of a view will be asked for.
    hashed: bool,
}

/// A view, and what the caller held that it was made for.
#[derive(Clone)]
struct Variant {
    view: Arc<View>,
    held: Arc<Permissions>,
}

impl Variants {
    /// # Errors
    /// Why the contract cannot be had for callers who hold nothing but what all do, or for those who hold everything.
    pub(super) fn new(
        whole: Arc<Engine>,
        contract: Contract,
        config: &ContractConfig,
        hashed: bool,
    ) -> Result<Self, Vec<String>> {
        let common = Permissions {
            // Whoever has a role is known.
            authenticated: !config.anonymous && !config.roles.is_empty(),
            scopes: tags(&config.scopes),
            policies: tags(&config.policies),
        };
        let part = whole.part(&contract, Some(&common)).map_err(reasons)?;
        whole.part(&contract, None).map_err(reasons)?;
        let least = Arc::new(View::new(Arc::new(part)));
        // Whoever comes is kept: its next request is near.
        let kept = Cache::builder()
            .max_capacity(config.max_variants as u64)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Ok(Self { whole, contract, common, least, kept, making: Mutex::default(), hashed })
    }

    /// What is seen by callers who hold no more than all do.
    pub(super) fn least(&self) -> Arc<View> {
        self.least.clone()
    }

    /// Every view there is now.
    pub(super) fn all(&self) -> Vec<Arc<View>> {
        std::iter::once(self.least()).chain(self.kept.iter().map(|(_, variant)| variant.view)).collect()
    }

    /// Which rules of access are met.
    fn key(&self, held: &Permissions) -> Mask {
        self.whole.graph().access_rules().iter().map(|rule| held.meets(rule)).collect()
    }

    /// What is seen by callers who hold these permissions.
    pub(super) async fn of(&self, mut held: Permissions) -> Arc<View> {
        held.authenticated |= self.common.authenticated;
        held.scopes.extend(self.common.scopes.iter().cloned());
        held.policies.extend(self.common.policies.iter().cloned());
        let key = self.key(&held);
        if key == self.key(&self.common) {
            return self.least();
        }
        match self.kept.get(&key) {
            Some(variant) => variant.view,
            None => self.make(key, held).await,
        }
    }

    async fn make(&self, key: Mask, held: Permissions) -> Arc<View> {
        let _alone = self.making.lock().await;
        // Somebody may have been faster.
        if let Some(variant) = self.kept.get(&key) {
            return variant.view;
        }
        let held = Arc::new(held);
        let (whole, contract, hashed) = (self.whole.clone(), self.contract.clone(), self.hashed);
        let making = tokio::task::spawn_blocking({
            let held = held.clone();
            move || {
                let view = View::new(Arc::new(whole.part(&contract, Some(&held)).map_err(reasons)?));
                if hashed {
                    view.hash();
                }
                Ok::<_, Vec<String>>(Arc::new(view))
            }
        });
        let view = match making.await {
            Ok(Ok(view)) => view,
            Ok(Err(reasons)) => {
                let reasons = reasons.join("; ");
                tracing::error!(
                    reasons,
                    "callers with some scopes see less of a contract: it cannot be had for them"
                );
                self.least()
            }
            Err(error) => {
                tracing::error!(%error, "callers with some scopes see less of a contract for now");
                return self.least();
            }
        };
        self.kept.insert(key, Variant { view: view.clone(), held });
        // So that there are never more than the bound allows.
        self.kept.run_pending_tasks();
        view
    }

    /// The views of another generation with those that take their places here, made until an instant.
    pub(super) async fn successors(&self, before: &Self, until: Instant) -> Vec<(Arc<View>, Arc<View>)> {
        let mut pairs = vec![(before.least(), self.least())];
        for (_, Variant { view, held }) in &before.kept {
            if Instant::now() >= until {
                break;
            }
            pairs.push((view, self.of(Permissions::clone(&held)).await));
        }
        pairs
    }
}
