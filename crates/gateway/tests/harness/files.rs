//! A subgraph that takes files.

use async_graphql::{Context, EmptySubscription, ID, Object, Result, Schema, SimpleObject, Upload};

use super::shop::serve_schema;

const FILES: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
scalar Upload
type Mutation { measure(file: Upload!): Measured! measureAll(files: [Upload!]!): [Measured!]! }
type Measured { name: String! kind: String text: String! product: Product! }
type Product @key(fields: "id") { id: ID! }
"#;

/// The running subgraph.
pub(crate) struct Files {
    url: String,
}

impl Files {
    pub(crate) async fn open() -> Self {
        let schema = Schema::build(Nothing, Measuring, EmptySubscription).finish();
        Self { url: serve_schema(schema).await }
    }

    /// Name, schema and URL.
    pub(crate) fn subgraph(&self) -> (&str, &str, &str) {
        ("files", FILES, &self.url)
    }
}

struct Nothing;

#[Object(name = "Query")]
impl Nothing {
    async fn nothing(&self) -> bool {
        true
    }
}

#[derive(SimpleObject)]
struct Product {
    id: ID,
}

/// What a file is.
#[derive(SimpleObject)]
struct Measured {
    name: String,
    kind: Option<String>,
    text: String,
    product: Product,
}

struct Measuring;

#[Object(name = "Mutation")]
impl Measuring {
    async fn measure(&self, context: &Context<'_>, file: Upload) -> Result<Measured> {
        let file = file.value(context)?;
        let (name, kind) = (file.filename.clone(), file.content_type.clone());
        let text = std::io::read_to_string(file.into_read())?;
        Ok(Measured { name, kind, text, product: Product { id: "1".into() } })
    }

    async fn measure_all(&self, context: &Context<'_>, files: Vec<Upload>) -> Result<Vec<Measured>> {
        let mut measured = Vec::new();
        for file in files {
            measured.push(self.measure(context, file).await?);
        }
        Ok(measured)
    }
}
