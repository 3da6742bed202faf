//! Requests to subgraphs over HTTP: the only module that opens connections.

mod answer;
mod body;
mod client;
mod form;
mod guard;
mod probe;
mod subscribe;
mod tls;
mod transport;

pub(crate) use self::client::Call;
pub use self::client::{Client, ClientError, Reply};
pub use self::transport::{HttpTransport, Routes};
