//! The executor on plans made by hand, with scripted subgraphs.

mod fixture;
mod hostile;
mod random;
mod values;
