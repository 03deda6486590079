//! Lets requests pass that carry a JWT of the provider.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{Request, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::Deserialize;

pub struct Verifier {
    http: reqwest::Client,
    jwks_uri: String,
    validation: Validation,
    metadata_url: String,
}

#[derive(Deserialize)]
struct Claims {}

impl Verifier {
    pub fn new(jwks_uri: String, issuer: &str, audience: &str, metadata_url: String) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        Self {
            http: reqwest::Client::new(),
            jwks_uri,
            validation,
            metadata_url,
        }
    }

    async fn verify(&self, token: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let kid = decode_header(token)?.kid.ok_or("no kid")?;
        let keys: JwkSet = self.http.get(&self.jwks_uri).send().await?.json().await?;
        let key = DecodingKey::from_jwk(keys.find(&kid).ok_or("unknown kid")?)?;
        decode::<Claims>(token, &key, &self.validation)?;
        Ok(())
    }
}

/// Refuses with what RFC 6750 section 3 and RFC 9728 section 5.1 ask for.
pub async fn require_token(
    State(verifier): State<Arc<Verifier>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let metadata = &verifier.metadata_url;
    let challenge = match token {
        None => format!(r#"Bearer resource_metadata="{metadata}""#),
        Some(token) => match verifier.verify(token).await {
            Ok(()) => return next.run(request).await,
            Err(error) => format!(
                r#"Bearer error="invalid_token", error_description="{error}", resource_metadata="{metadata}""#
            ),
        },
    };
    (
        StatusCode::UNAUTHORIZED,
        [(header::WWW_AUTHENTICATE, challenge)],
    )
        .into_response()
}
