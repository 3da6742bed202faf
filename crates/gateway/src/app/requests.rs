//! What a gateway makes of a request: who calls, what the caller may see and ask, and what subgraphs learn of it.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use federation::operation::Limits;
use federation::plan::query_plan::OperationKind;
use federation::{Permissions, Prepared};
use http::{HeaderMap, HeaderName};
use uuid::Uuid;

use super::Gateway;
use crate::answers::Change;
use crate::caller::{Caller, CallerError};
use crate::context::{Forwarded, RequestContext};
use crate::http::{Rejection, read_body};
use crate::layers::RequestInfo;
use crate::views::View;

impl Gateway {
    /// Finds out who calls and gathers what the transport needs to know.
    pub(crate) async fn context(
        &self,
        info: &RequestInfo,
        headers: &HeaderMap,
    ) -> Result<Arc<RequestContext>, Rejection> {
        self.context_of(self.callers.identify(headers)?, info, headers).await
    }

    /// Gathers what the transport needs to know for a caller that is known already.
    pub(crate) async fn context_of(
        &self,
        caller: Caller,
        info: &RequestInfo,
        headers: &HeaderMap,
    ) -> Result<Arc<RequestContext>, Rejection> {
        info.account.note_caller(caller.subject());
        let internal_token = match &self.internal_tokens {
            None => None,
            Some(tokens) => tokens.token(&caller).map_err(|error| {
                tracing::error!(request_id = %info.id, %error, "a request has no token for subgraphs");
                Rejection::Internal
            })?,
        };
        let received = self.request_headers.for_all(headers);
        let forwarded = Forwarded {
            headers: received.headers,
            alone: received.alone.then(Uuid::now_v7),
            internal_token,
            request_id: info.id.clone(),
            trace: info.trace,
            uploads: None,
        };
        let budgets = self.budgets.as_ref();
        let spender = budgets.and_then(|budgets| budgets.spender(&caller, info.peer, headers));
        let view = self.view(&caller).await;
        let context = RequestContext::new(caller, forwarded, info.deadline)
            .seeing(view)
            .with_own(self.request_headers.for_own(headers))
            .spending_of(spender);
        Ok(Arc::new(match &self.internal_tokens {
            Some(tokens) => context.renewed_by(tokens.clone()),
            None => context,
        }))
    }

    /// Reads a request's body within the bounds of size and time.
    pub(crate) async fn read_body(
        &self,
        info: &RequestInfo,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Bytes, Rejection> {
        let reading = read_body(headers, body, self.http.max_body_size.0);
        let body = tokio::time::timeout_at(info.deadline, reading).await;
        let body = body.map_err(|_| Rejection::BodyTimeout)??;
        info.account.note_request(body.len());
        Ok(body)
    }

    /// Whether subgraphs receive a header of clients.
    pub(crate) fn forwards(&self, name: &HeaderName) -> bool {
        self.request_headers.receives(name)
    }

    /// Whether a caller may be told the schema: known callers may, and everybody in development mode.
    pub(crate) fn tells_schema(&self, caller: &Caller) -> bool {
        self.dev || !caller.is_anonymous()
    }

    /// Refuses callers who may not be told the schema.
    pub(crate) fn check_schema_reader(&self, caller: &Caller) -> Result<(), Rejection> {
        if self.tells_schema(caller) { Ok(()) } else { Err(CallerError::Missing.into()) }
    }

    /// What a caller may read of what the schema protects.
    pub(crate) fn permissions(&self, caller: &Caller) -> Permissions {
        self.policies.permissions(caller)
    }

    /// What a caller sees of the schema, with the engine for it.
    pub(crate) async fn view(&self, caller: &Caller) -> Arc<View> {
        self.views.of(caller, || self.permissions(caller)).await
    }

    /// What the caller of a request sees.
    pub(crate) fn view_of<'a>(&'a self, context: &'a RequestContext) -> &'a View {
        context.view.as_ref().unwrap_or(self.views.whole())
    }

    /// The limits of a caller; `None` if they are the loosest there are.
    pub(crate) fn limits_of(&self, caller: &Caller) -> Option<Limits> {
        Some(self.limits_by_role.of(caller, &self.roles_claim)).filter(|limits| *limits != self.limits)
    }

    /// The limits of a caller that are not enforced.
    pub(crate) fn shadow_limits_of(&self, caller: &Caller) -> Option<Limits> {
        Some(self.shadow_limits.as_ref()?.of(caller, &self.roles_claim))
    }

    /// Notes that a caller changes something if an operation is a mutation, until what is returned is dropped.
    pub(crate) fn change<'a>(&'a self, prepared: &Prepared, caller: &'a Caller) -> Option<Change<'a>> {
        let answers = self.answers.as_ref().filter(|_| prepared.kind() == OperationKind::Mutation);
        answers.map(|answers| answers.change(caller))
    }
}
