//! Requests to subgraphs over HTTP: the only module that opens connections.

mod answer;
mod client;
mod form;
mod guard;
mod probe;
mod subscribe;
mod transport;

pub(crate) use self::client::Call;
pub use self::client::{Client, ClientError, Reply, TlsError};
pub use self::transport::{HttpTransport, Routes};
