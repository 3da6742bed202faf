//! Callers who differ: persons with access to one network, each with a token of their own.

use franchise::token::ISSUER;
use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Failure;
use crate::client::Client;

/// How long their tokens hold, in seconds.
const LIFETIME: u64 = 3600;

const NETWORKS: &str = "{ networks(first: 1) { nodes { id } } }";

const CREATE: &str = "mutation($input: CreatePersonInput!) {
    createPerson(input: $input) { person { id } userErrors { message } } }";

const GRANT: &str = "mutation($input: GrantMembershipInput!) {
    grantMembership(input: $input) { membership { id } userErrors { message } } }";

/// Makes analysts of the first network that the bearer of a token sees, and tokens for them, signed with the
/// secret of the platform's users.
pub(crate) async fn make(
    client: &Client,
    owner: Option<&str>,
    secret: &[u8],
    number: usize,
) -> Result<Vec<String>, Failure> {
    let networks = ask(client, owner, NETWORKS, json!({})).await?;
    let network = &networks["networks"]["nodes"][0]["id"];
    let mut tokens = Vec::with_capacity(number);
    for _ in 0..number {
        let email = format!("{}@load.example", Uuid::now_v7());
        let input = json!({ "networkId": network, "name": "Load", "email": email });
        let created = ask(client, owner, CREATE, json!({ "input": input })).await?;
        let person = &created["createPerson"]["person"]["id"];
        let input = json!({ "personId": person, "role": "ANALYST", "unitId": network });
        let granted = ask(client, owner, GRANT, json!({ "input": input })).await?;
        if granted["grantMembership"]["membership"].is_null() {
            return Err(format!("no access for a caller: {created} {granted}").into());
        }
        let claims = json!({
            "sub": person,
            "iss": ISSUER,
            "aud": ISSUER,
            "exp": get_current_timestamp() + LIFETIME,
        });
        tokens.push(encode(&Header::default(), &claims, &EncodingKey::from_secret(secret))?);
    }
    Ok(tokens)
}

/// The data of an answer.
async fn ask(client: &Client, token: Option<&str>, query: &str, variables: Value) -> Result<Value, Failure> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let mut answer: Value = serde_json::from_slice(&client.ask(token, body.into(), None).await?)?;
    match answer.get("errors") {
        Some(errors) => Err(format!("the answer has errors: {errors}").into()),
        None => Ok(answer["data"].take()),
    }
}
