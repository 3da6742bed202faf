//! A handler that answers everything with the same bytes: what HTTP alone costs.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;
use tokio::net::TcpListener;

use crate::Failure;

/// Serves the bytes of a file until the program ends.
pub(crate) async fn serve(file: &Path, address: SocketAddr) -> Result<(), Failure> {
    let answer = Bytes::from(std::fs::read(file)?);
    let router =
        Router::new().route("/graphql", get(async move || ([(CONTENT_TYPE, "application/json")], answer)));
    Ok(axum::serve(TcpListener::bind(address).await?, router).await?)
}
