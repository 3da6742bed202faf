//! subgraph
