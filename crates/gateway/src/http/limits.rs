//! Limits that are reported and not enforced.

use federation::Prepared;
use federation::operation::OperationError;

use crate::app::Gateway;
use crate::context::RequestContext;
use crate::telemetry::metrics;

/// The limits not enforced that a request exceeds.
pub(super) fn exceeded(
    gateway: &Gateway,
    prepared: &Prepared,
    context: &RequestContext,
) -> Vec<OperationError> {
    let limits = gateway.shadow_limits_of(&context.caller);
    limits.map(|limits| gateway.view_of(context).engine.exceeded(prepared, &limits)).unwrap_or_default()
}

/// Logs and counts the limits not enforced that a request exceeds.
pub(super) fn report(gateway: &Gateway, prepared: &Prepared, context: &RequestContext) {
    for error in exceeded(gateway, prepared, context) {
        let code = error.code.as_str();
        metrics::shadow_exceeded(code);
        tracing::info!(
            target: "gateway::limits",
            request_id = %context.forwarded().request_id, operation = prepared.name(), code, reason = %error,
            "a limit that is not enforced is exceeded"
        );
    }
}
