//! Bearer tokens as a client brings them.

use franchise::token::ISSUER;
use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Map, Value, json};

/// Signs the tokens of the users of platforms under test.
pub(crate) const USER_SECRET: &str = "users-of-platforms-under-test-users-of-platforms";

/// Signs what the gateway tells services.
pub(crate) const INTERNAL_SECRET: &str = "between-gateway-and-services-under-test-between";

/// What a token says, to be changed and signed.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    claims: Map<String, Value>,
    secret: String,
}

impl Bearer {
    /// A good token of a person.
    pub(crate) fn of(person: &str) -> Self {
        let claims = json!({
            "sub": person,
            "iss": ISSUER,
            "aud": ISSUER,
            "exp": get_current_timestamp() + 3600,
        });
        let Value::Object(claims) = claims else { unreachable!("an object was written") };
        Self { claims, secret: USER_SECRET.to_owned() }
    }

    /// With another claim, or another value of one.
    pub(crate) fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(claim.to_owned(), value.into());
        self
    }

    /// Without a claim.
    pub(crate) fn without(mut self, claim: &str) -> Self {
        self.claims.remove(claim);
        self
    }

    /// Narrowed as `franchise token --role --unit` does.
    pub(crate) fn narrowed(self, role: Option<&str>, unit: Option<&str>) -> Self {
        let mut narrow = Map::new();
        narrow.extend(role.map(|role| ("role".to_owned(), role.into())));
        narrow.extend(unit.map(|unit| ("unit".to_owned(), unit.into())));
        self.with("narrow", narrow)
    }

    /// Signed with another secret.
    pub(crate) fn signed_with(self, secret: &str) -> Self {
        Self { secret: secret.to_owned(), ..self }
    }

    /// The token's text.
    pub(crate) fn text(&self) -> String {
        let key = EncodingKey::from_secret(self.secret.as_bytes());
        encode(&Header::default(), &self.claims, &key).unwrap()
    }
}
