//! The codes of the gateway's own refusals, and the status that goes with each.

use http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $status:ident $text:literal,)*) => {
        /// A code in `extensions.code`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As clients see it.
            pub(super) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The status of the answer.
            pub(super) fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }
        }
    };
}

codes! {
    /// What is sent is no request.
    BadRequest BAD_REQUEST "BAD_REQUEST",
    /// The caller's token is missing or not good.
    Unauthenticated UNAUTHORIZED "UNAUTHENTICATED",
    /// The request may come from another site's page.
    CsrfPrevented FORBIDDEN "CSRF_PREVENTED",
    /// Nothing is served at the path.
    NotFound NOT_FOUND "NOT_FOUND",
    /// No stored operation has the id.
    UnknownOperation NOT_FOUND "UNKNOWN_OPERATION",
    /// The path, or the operation, does not have the method.
    MethodNotAllowed METHOD_NOT_ALLOWED "METHOD_NOT_ALLOWED",
    /// The client takes no form the answer has.
    NotAcceptable NOT_ACCEPTABLE "NOT_ACCEPTABLE",
    /// The body did not come in time.
    RequestTimeout REQUEST_TIMEOUT "REQUEST_TIMEOUT",
    /// The body is too large.
    PayloadTooLarge PAYLOAD_TOO_LARGE "PAYLOAD_TOO_LARGE",
    /// The body is of another kind.
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "UNSUPPORTED_MEDIA_TYPE",
    /// A list has too many requests.
    LimitBatch BAD_REQUEST "LIMIT_BATCH",
    /// A form has too many files.
    LimitFiles BAD_REQUEST "LIMIT_FILES",
    /// A subgraph receives no files.
    UploadNotSupported UNPROCESSABLE_ENTITY "UPLOAD_NOT_SUPPORTED",
    /// The document of a hash is not known; send it.
    PersistedQueryNotFound BAD_REQUEST "PERSISTED_QUERY_NOT_FOUND",
    /// Documents are not kept; send them.
    PersistedQueryNotSupported BAD_REQUEST "PERSISTED_QUERY_NOT_SUPPORTED",
    /// The document is of another hash.
    PersistedQueryMismatch BAD_REQUEST "PERSISTED_QUERY_HASH_MISMATCH",
    /// A WebSocket has too many operations.
    LimitOperations TOO_MANY_REQUESTS "LIMIT_OPERATIONS",
    /// The client has not enough of its budget left.
    BudgetExceeded TOO_MANY_REQUESTS "BUDGET_EXCEEDED",
    /// The gateway has too many requests in work.
    Overloaded SERVICE_UNAVAILABLE "OVERLOADED",
    /// The gateway has too many subscriptions.
    LimitSubscriptions SERVICE_UNAVAILABLE "LIMIT_SUBSCRIPTIONS",
    /// The gateway stops.
    GatewayStopping SERVICE_UNAVAILABLE "GATEWAY_STOPPING",
    /// The gateway has a new configuration or schema.
    GatewayReloaded SERVICE_UNAVAILABLE "GATEWAY_RELOADED",
    /// Only stored operations may run.
    NotStored FORBIDDEN "OPERATION_NOT_STORED",
    /// The caller's token has not the scope that it takes.
    InsufficientScope FORBIDDEN "INSUFFICIENT_SCOPE",
    /// No operation of the id is registered.
    NotRegistered NOT_FOUND "OPERATION_NOT_REGISTERED",
    /// The id is taken by the folder.
    OperationExists CONFLICT "OPERATION_EXISTS",
    /// What is to be registered is not acceptable.
    OperationInvalid UNPROCESSABLE_ENTITY "OPERATION_INVALID",
    /// The registry's database does not answer.
    RegistryUnavailable SERVICE_UNAVAILABLE "REGISTRY_UNAVAILABLE",
    /// A table has no such format.
    UnknownFormat NOT_FOUND "UNKNOWN_FORMAT",
    /// An operation has no such table.
    UnknownTable NOT_FOUND "UNKNOWN_TABLE",
    /// A parameter of a table does not fit.
    BadParameter BAD_REQUEST "BAD_PARAMETER",
    /// An operation is no table.
    NoTable UNPROCESSABLE_ENTITY "NO_TABLE",
    /// The first page of a table cannot be turned into rows.
    TableFailed BAD_GATEWAY "TABLE_FAILED",
    /// The first page of a table was not there in time.
    TableTimeout GATEWAY_TIMEOUT "TABLE_TIMEOUT",
    /// The gateway serves too many tables.
    TablesBusy SERVICE_UNAVAILABLE "TABLES_BUSY",
    /// A fault of the gateway.
    Internal INTERNAL_SERVER_ERROR "INTERNAL_SERVER_ERROR",
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use federation::{RefusalCode, execute, operation};

    use super::Code;

    /// The rows of the documented tables: the code in the first cell, and the second cell.
    fn documented() -> BTreeMap<String, String> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
        let text = std::fs::read_to_string(path).unwrap();
        let row = |line: &str| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            let code = cells.next()?.trim_end_matches('`').to_owned();
            Some((code, cells.next()?.trim().to_owned()))
        };
        text.lines()
            .filter_map(row)
            .filter(|(code, _)| code.chars().next().is_some_and(char::is_alphabetic))
            .collect()
    }

    #[test]
    fn every_code_is_documented_and_no_other() {
        let own = Code::ALL.iter().map(|code| code.as_str());
        let documents = operation::ErrorCode::ALL.iter().map(|code| code.as_str());
        let answers = execute::ErrorCode::ALL.iter().map(|code| code.as_str());
        let plans = RefusalCode::ALL.iter().map(|code| code.as_str());
        let all: BTreeSet<&str> = own.chain(documents).chain(answers).chain(plans).collect();
        let documented = documented();
        let documented: BTreeSet<&str> = documented.keys().map(String::as_str).collect();
        let missing: Vec<_> = all.difference(&documented).collect();
        let gone: Vec<_> = documented.difference(&all).collect();
        assert!(missing.is_empty() && gone.is_empty(), "docs/errors.md lacks {missing:?} and has {gone:?}");
    }

    #[test]
    fn statuses_are_as_documented() {
        let documented = documented();
        for code in Code::ALL {
            let status = documented[code.as_str()].split([',', ' ']).next().unwrap();
            assert_eq!(status, code.status().as_str(), "{}", code.as_str());
        }
    }
}
