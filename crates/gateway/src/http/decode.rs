//! From an HTTP request to a GraphQL request (GraphQL over HTTP, sections 5.2 to 5.4).

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Uri};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::insight::Wanted;
use super::rejection::Rejection;
use crate::operations::{DocumentHash, parse_hash};

/// A client's request, not looked at beyond its shape.
#[derive(Debug)]
pub(crate) struct GraphqlRequest {
    /// Missing where the hash of a document stands for it.
    pub(crate) query: Option<String>,
    /// Of `extensions.persistedQuery`, or of a `documentId` that is one.
    pub(crate) hash: Option<DocumentHash>,
    /// The id of a stored operation: any other `documentId`.
    pub(crate) stored: Option<String>,
    pub(crate) operation_name: Option<String>,
    /// A JSON object; empty for none.
    pub(crate) variables: Bytes,
    /// What `extensions` ask for beside the answer.
    pub(super) insight: Wanted,
}

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default)]
    query: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "documentId")]
    document_id: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "operationName")]
    operation_name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    variables: Option<&'a RawValue>,
    #[serde(borrow, default)]
    extensions: Option<&'a RawValue>,
}

/// The request of a `POST` body.
pub(crate) fn from_body(body: &Bytes) -> Result<GraphqlRequest, Rejection> {
    let members: Members<'_> = members(body)?;
    let query = members.query.map(|query| text("query", query)).transpose()?;
    let operation_name = members.operation_name.map(|name| text("operationName", name)).transpose()?;
    let document_id = members.document_id.map(|id| text("documentId", id)).transpose()?;
    let extensions = extensions_in(members.extensions)?;
    let named = Named::of(query, extensions.hash()?, document_id)?;
    let insight = extensions.insight();
    Ok(named.request(operation_name, variables_in(body, members.variables)?, insight))
}

/// What says which document is meant.
struct Named {
    query: Option<String>,
    hash: Option<DocumentHash>,
    stored: Option<String>,
}

impl Named {
    /// Checks that the document is named in one way (GraphQL over HTTP, appendix on persisted documents): an empty `query`
    /// beside a name is what clients send that must send one.
    fn of(
        query: Option<String>,
        hash: Option<DocumentHash>,
        document_id: Option<String>,
    ) -> Result<Self, Rejection> {
        let is_named = hash.is_some() || document_id.is_some();
        let query = query.filter(|query| !(is_named && query.is_empty()));
        let Some(id) = document_id else {
            let named = Self { query, hash, stored: None };
            return if named.query.is_none() && hash.is_none() {
                Err(Rejection::MissingQuery)
            } else {
                Ok(named)
            };
        };
        let refused = |expected| Err(Rejection::InvalidMember { name: "documentId", expected });
        if query.is_some() || hash.is_some() {
            return refused("the only name of the document, without `query` and `extensions.persistedQuery`");
        }
        match id.split_once(':') {
            None => Ok(Self { query: None, hash: None, stored: Some(id) }),
            Some((kind, digits)) => match parse_hash(digits).filter(|_| kind == "sha256") {
                Some(hash) => Ok(Self { query: None, hash: Some(hash), stored: None }),
                None => refused("the id of a stored operation, or `sha256:` with 64 hexadecimal digits"),
            },
        }
    }

    fn request(self, operation_name: Option<String>, variables: Bytes, insight: Wanted) -> GraphqlRequest {
        let Self { query, hash, stored } = self;
        GraphqlRequest { query, hash, stored, operation_name, variables, insight }
    }
}

/// What is looked at of `extensions`.
#[derive(Default, Deserialize)]
struct Extensions<'a> {
    #[serde(borrow, default, rename = "persistedQuery")]
    persisted_query: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "x-include-query-plan")]
    plan: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "x-include-cost")]
    cost: Option<&'a RawValue>,
}

fn extensions_in(extensions: Option<&RawValue>) -> Result<Extensions<'_>, Rejection> {
    check_object("extensions", extensions)?;
    let Some(extensions) = extensions else { return Ok(Extensions::default()) };
    let expected = "a JSON object that has each name once";
    serde_json::from_str(extensions.get())
        .map_err(|_| Rejection::InvalidMember { name: "extensions", expected })
}

impl Extensions<'_> {
    /// The hash of a document, if they have one.
    fn hash(&self) -> Result<Option<DocumentHash>, Rejection> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct PersistedQuery {
            version: u64,
            sha256_hash: String,
        }
        let expected = "`{ \"version\": 1, \"sha256Hash\": \"…\" }` with 64 hexadecimal digits";
        let malformed = || Rejection::InvalidMember { name: "extensions.persistedQuery", expected };
        let Some(query) = self.persisted_query else { return Ok(None) };
        let query: PersistedQuery = serde_json::from_str(query.get()).map_err(|_| malformed())?;
        let hash = Some(query).filter(|query| query.version == 1);
        hash.and_then(|query| parse_hash(&query.sha256_hash)).ok_or_else(malformed).map(Some)
    }

    /// What they ask for, with the names and values of headers.
    fn insight(&self) -> Wanted {
        let is_true = |value: Option<&RawValue>| {
            value.is_some_and(|value| value.get().trim_matches('"').eq_ignore_ascii_case("true"))
        };
        Wanted { plan: is_true(self.plan), cost: is_true(self.cost) }
    }
}

/// The variables of a `POST` body that names no document.
pub(crate) fn variables_from_body(body: &Bytes) -> Result<Bytes, Rejection> {
    #[derive(Deserialize)]
    struct OnlyVariables<'a> {
        #[serde(borrow, default)]
        variables: Option<&'a RawValue>,
    }
    if body.trim_ascii().is_empty() {
        return Ok(Bytes::new());
    }
    let members: OnlyVariables<'_> = members(body)?;
    variables_in(body, members.variables)
}

fn members<'a, T: Deserialize<'a>>(body: &'a Bytes) -> Result<T, Rejection> {
    match body.trim_ascii_start().first() {
        Some(b'[') => Err(Rejection::Batch),
        // Anything else than an object that is valid JSON is no request either, but not for its syntax.
        Some(b'{') | None => serde_json::from_slice(body).map_err(|error| invalid_json(&error)),
        Some(_) => match serde_json::from_slice::<&RawValue>(body) {
            Ok(_) => Err(Rejection::InvalidMember { name: "the request body", expected: "a JSON object" }),
            Err(error) => Err(invalid_json(&error)),
        },
    }
}

/// Where a body is no JSON.
pub(crate) fn invalid_json(error: &serde_json::Error) -> Rejection {
    Rejection::InvalidJson { line: error.line().max(1), column: error.column().max(1) }
}

fn text(name: &'static str, value: &RawValue) -> Result<String, Rejection> {
    serde_json::from_str(value.get()).map_err(|_| Rejection::InvalidMember { name, expected: "a string" })
}

fn check_object(name: &'static str, value: Option<&RawValue>) -> Result<(), Rejection> {
    match value.map(RawValue::get) {
        None => Ok(()),
        Some(text) if text.starts_with('{') => Ok(()),
        Some(_) => Err(Rejection::InvalidMember { name, expected: "a JSON object" }),
    }
}

/// The variables as a part of the body, not copied.
fn variables_in(body: &Bytes, variables: Option<&RawValue>) -> Result<Bytes, Rejection> {
    check_object("variables", variables)?;
    match variables.map(RawValue::get) {
        None => Ok(Bytes::new()),
        Some(text) => Ok(body.slice_ref(text.as_bytes())),
    }
}

/// The request of a `GET` query string.
pub(crate) fn from_uri(uri: &Uri) -> Result<GraphqlRequest, Rejection> {
    let (mut query, mut operation_name, mut variables, mut extensions) = (None, None, None, None);
    let mut document_id = None;
    for (name, value) in query_pairs(uri)? {
        let (slot, name) = match name.as_str() {
            "query" => (&mut query, "query"),
            "documentId" => (&mut document_id, "documentId"),
            "operationName" => (&mut operation_name, "operationName"),
            "variables" => (&mut variables, "variables"),
            "extensions" => (&mut extensions, "extensions"),
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(Rejection::InvalidMember { name, expected: "given once" });
        }
    }
    let query = query.filter(|query| !query.is_empty());
    let operation_name = operation_name.filter(|name| !name.is_empty());
    let extensions = extensions.filter(|extensions| !extensions.is_empty());
    let extensions = extensions.as_ref().map(|text| raw_object("extensions", text.as_bytes())).transpose()?;
    let extensions = extensions_in(extensions)?;
    let named = Named::of(query, extensions.hash()?, document_id.filter(|id| !id.is_empty()))?;
    let insight = extensions.insight();
    let variables = match variables.filter(|variables| !variables.is_empty()) {
        None => Bytes::new(),
        Some(text) => {
            let body = Bytes::from(text);
            variables_in(&body, Some(raw_object("variables", &body)?))?
        }
    };
    Ok(named.request(operation_name, variables, insight))
}

fn raw_object<'a>(name: &'static str, text: &'a [u8]) -> Result<&'a RawValue, Rejection> {
    serde_json::from_slice(text).map_err(|_| Rejection::InvalidMember { name, expected: "a JSON object" })
}

/// Names and values of a query string, decoded, in order.
pub(crate) fn query_pairs(uri: &Uri) -> Result<Vec<(String, String)>, Rejection> {
    axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map(|query| query.0)
        .map_err(|_| Rejection::InvalidMember { name: "the query string", expected: "percent-encoded UTF-8" })
}

/// Refuses bodies that do not say to be JSON in UTF-8.
pub(crate) fn check_content_type(headers: &HeaderMap) -> Result<(), Rejection> {
    // What is known was decoded on the way here.
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Rejection::UnsupportedEncoding);
    }
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|part| match part.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if json && utf8 { Ok(()) } else { Err(Rejection::UnsupportedMediaType) }
}

/// Reads a body of bounded size.
pub(crate) async fn read_body(headers: &HeaderMap, body: Body, limit: u64) -> Result<Bytes, Rejection> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Rejection::BodyTooLarge(limit));
    }
    to_bytes(body, usize::try_from(limit).unwrap_or(usize::MAX)).await.map_err(|error| {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            if error.is::<http_body_util::LengthLimitError>() {
                return Rejection::BodyTooLarge(limit);
            }
            cause = error.source();
        }
        Rejection::BodyUnreadable
    })
}
