//! Documents: evidence that a requirement is met. Their content is elsewhere; here is where.

pub(crate) mod entity;
