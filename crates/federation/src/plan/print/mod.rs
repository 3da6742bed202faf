//! Plans for people and tools: indented text, JSON, and a picture.

mod json;
mod mermaid;
mod paths;
mod text;

pub use json::print_json;
pub use mermaid::print_mermaid;
pub use text::print;
