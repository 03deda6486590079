/**
 * The types of `oauth4webapi` that appear in this module's signatures, by the same names.
 *
 * @module
 */
import type * as oauth from "@panva/oauth4webapi";

/** A provider's metadata (RFC 8414 section 2, OpenID Connect Discovery section 3). */
export type AuthorizationServer = oauth.AuthorizationServer;

/** What we are to a provider (RFC 7591 section 2). */
export type Client = oauth.Client;

/** Authenticates us in one request (RFC 6749 section 2.3). */
export type ClientAuth = oauth.ClientAuth;

/** A provider's signing keys, when they were fetched. */
export type JWKSCacheInput = oauth.JWKSCacheInput;

/** An answer of the token endpoint (RFC 6749 section 5.1). */
export type TokenEndpointResponse = oauth.TokenEndpointResponse;

/** What a request to the token endpoint is given: how to send it, and what ends it. */
export type TokenEndpointRequestOptions = oauth.TokenEndpointRequestOptions;

/** What fetching keys is given: how to send the request, and what ends it. */
export type ValidateSignatureOptions = oauth.ValidateSignatureOptions;

/** Makes proofs with one key and remembers the nonces they need (RFC 9449). */
export type DPoPHandle = oauth.DPoPHandle;

/** An answer that does not keep to the protocol. */
export type OperationProcessingError = oauth.OperationProcessingError;

/** An answer that asks for what nobody here can do. */
export type UnsupportedOperationError = oauth.UnsupportedOperationError;
