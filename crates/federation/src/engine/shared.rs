//! Equal queries in flight share one run.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::{Either, ready, select};

use super::{Engine, Prepared, Response};
use crate::execute::{Audience, RunKey};
use crate::plan::query_plan::OperationKind;

impl Engine {
    /// Answers a prepared query or mutation as [`Engine::run_until`], together with equal ones.
    ///
    /// A query joins the run of an equal one (same operation, variables and permissions, equal
    /// [audiences](crate::execute::Transport::audience)) as long as no subgraph has answered that. From then on each
    /// call would be shared anyway, so nobody gets an answer that is older than without.
    pub async fn run_shared(
        self: Arc<Self>,
        prepared: Prepared,
        deadline: impl Future<Output = ()> + Send + 'static,
    ) -> Response {
        let Some(key) = self.run_key(&prepared) else { return self.run_until(prepared, deadline).await };
        let engine = self.clone();
        let begin = |(prepared, deadline), _, entry| {
            async move { engine.as_run(&prepared).execute_shared(entry, deadline).await }.boxed()
        };
        let (run, own) = self.sharing.runs.join(key, (prepared, deadline), begin);
        let Some((prepared, deadline)) = own else { return run.await.written.into() };
        let mut deadline = pin!(deadline);
        match select(run, deadline.as_mut()).await {
            Either::Left((finished, _)) if !finished.late => finished.written.into(),
            // The time of whoever began was up, ours is not.
            Either::Left(_) => self.run_until(prepared, deadline).await,
            Either::Right(_) => self.run_until(prepared, ready(())).await,
        }
    }

    /// What a query shares its run by; `None` if it has to run alone.
    fn run_key(&self, prepared: &Prepared) -> Option<RunKey> {
        let program = &prepared.planned.program;
        if !self.config.share_requests
            || prepared.kind != OperationKind::Query
            || program.plan.fetches.is_empty()
        {
            return None;
        }
        let audiences = self.audiences(prepared)?;
        Some(RunKey { program: program.clone(), variables: prepared.variables.clone(), audiences })
    }

    /// On whose behalf the subgraphs of a plan are asked; `None` if it asks one alone.
    pub(super) fn audiences(&self, prepared: &Prepared) -> Option<Vec<Audience>> {
        let audience = |subgraph| {
            let name = &self.graph.subgraph(subgraph).name;
            self.transport.audience(name, &*prepared.context)
        };
        prepared.planned.program.subgraphs.iter().copied().map(audience).collect()
    }
}
