//! Gauges of what there is when somebody reads them.

use federation::Kept;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::answers::Answers;
use crate::app::Gateway;
use crate::store::Store;

/// What is looked at when it is read.
#[derive(Default)]
pub(super) struct LookedAt {
    generation: Gauge,
    waiting: Gauge,
    subscriptions: Gauge,
    sockets: Gauge,
    redis: Gauge,
    documents: Gauge,
    document_bytes: Gauge,
    plans: Gauge,
    plan_bytes: Gauge,
    answers: Gauge,
    answer_bytes: Gauge,
}

impl LookedAt {
    pub(super) fn register(&self, registry: &mut Registry) {
        let gauges = [
            ("gateway_generation", "Counts up with every configuration or schema", &self.generation),
            ("gateway_requests_waiting", "Requests of clients that wait for their place", &self.waiting),
            ("gateway_subscriptions_open", "Subscriptions of clients", &self.subscriptions),
            ("gateway_websockets_open", "WebSockets of clients", &self.sockets),
            ("gateway_redis_connected", "1 while Redis answers", &self.redis),
            ("gateway_document_cache_documents", "Documents that are kept", &self.documents),
            ("gateway_document_cache_bytes", "The memory of documents that are kept", &self.document_bytes),
            ("gateway_plan_cache_plans", "Plans that are kept", &self.plans),
            ("gateway_plan_cache_bytes", "The memory of plans that are kept", &self.plan_bytes),
            ("gateway_answer_cache_answers", "Answers that are kept", &self.answers),
            ("gateway_answer_cache_bytes", "The memory of answers that are kept", &self.answer_bytes),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
    }

    pub(super) fn look_at(&self, gateway: &Gateway) {
        let set = |gauge: &Gauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        let kept: Vec<_> = gateway.views.all().iter().map(|view| view.engine.kept()).collect();
        let sum = |of: fn(&Kept) -> u64| kept.iter().map(of).sum();
        set(&self.generation, gateway.shared.status.told(false).generation);
        set(&self.waiting, gateway.shared.waiting_requests() as u64);
        set(&self.subscriptions, gateway.shared.open_subscriptions() as u64);
        set(&self.sockets, gateway.shared.open_sockets() as u64);
        set(&self.redis, u64::from(gateway.shared.store.get().is_some_and(Store::answers)));
        set(&self.documents, sum(|kept| kept.documents));
        set(&self.document_bytes, sum(|kept| kept.document_bytes));
        set(&self.plans, sum(|kept| kept.plans));
        set(&self.plan_bytes, sum(|kept| kept.plan_bytes));
        let held = gateway.answers.as_ref().map(Answers::held).unwrap_or_default();
        set(&self.answers, held.answers);
        set(&self.answer_bytes, held.bytes);
    }
}
