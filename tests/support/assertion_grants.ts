/**
 * What a company's servers have for workloads and for one sign-on at every backend, as extra grants
 * of `oidc-provider`: token exchange (RFC 8693), ID-JAG (draft-ietf-oauth-identity-assertion-authz-grant)
 * and JWT bearer (RFC 7523). The answers to what is refused are those of Keycloak 26 and of the draft.
 *
 * @module
 */
import { createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import type { ExtraGrant, GrantRequest } from "./provider.ts";

/** `grant_type` of RFC 8693. */
export const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
/** `grant_type` of RFC 7523. */
export const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const type = "urn:ietf:params:oauth:token-type:";

/** What the company's administrator has set; tests change it under the running server. */
export interface ExchangePolicy {
  /** For whom tokens are given, each with the client id there when that is another server. */
  audiences: Map<string, { clientId?: string }>;
  /** Who may use none of them. */
  denied: Set<string>;
  /** Whose account is disabled. */
  disabled: Set<string>;
  /** The lifetime of what is given, in seconds. */
  lifetime: number;
  /** Claims that a faulty or broken provider would put into an ID-JAG. */
  forged: JWTPayload;
}

/** A policy that allows these audiences. */
export function createPolicy(...audiences: string[]): ExchangePolicy {
  return {
    audiences: new Map(audiences.map((audience) => [audience, {}])),
    denied: new Set(),
    disabled: new Set(),
    lifetime: 300,
    forged: {},
  };
}

/** Token exchange at the company's provider; by the type that is requested, also for an ID-JAG. */
export function exchangeGrant(policy: ExchangePolicy): ExtraGrant {
  return {
    name: tokenExchange,
    parameters: [
      "audience",
      "resource",
      "scope",
      "subject_token",
      "subject_token_type",
      "requested_token_type",
    ],
    async answer(request) {
      const { parameters, clientId } = request;
      const { audience, resource, scope, subject_token_type: subjectType } = parameters;
      const isIdJag = parameters.requested_token_type === `${type}id-jag`;
      const wanted = isIdJag ? "id_token" : "access_token";
      if (subjectType !== `${type}${wanted}`) {
        return refuse("invalid_request", `subject_token_type must be ${wanted}`);
      }
      const subject = await request.verify(parameters.subject_token ?? "").catch(() => undefined);
      if (!subject || policy.disabled.has(String(subject.sub))) {
        return isIdJag
          ? refuse("invalid_grant", "Invalid subject_token")
          : refuse("invalid_request", "Invalid token");
      }
      if (isIdJag && subject.aud !== clientId) return refuse("invalid_grant", "of another client");
      const name = audience ?? resource;
      const target = policy.audiences.get(name ?? "");
      if (!target) return refuse("invalid_target", `Audience ${name} is not allowed`);
      if (policy.denied.has(String(subject.sub))) {
        return refuse("access_denied", "The policy of the company does not allow it");
      }
      const lifetime = policy.lifetime;
      const token = await request.sign({
        sub: subject.sub,
        aud: name,
        ...scope !== undefined && { scope },
        ...isIdJag
          ? { client_id: target.clientId ?? clientId, resource, ...policy.forged }
          : { client_id: clientId },
      }, { lifetime, typ: isIdJag ? "oauth-id-jag+jwt" : "at+jwt" });
      return {
        access_token: token,
        issued_token_type: `${type}${isIdJag ? "id-jag" : "access_token"}`,
        token_type: isIdJag ? "N_A" : "Bearer",
        expires_in: lifetime,
        ...scope !== undefined && { scope },
      };
    },
  };
}

/** Whose JWTs a server takes as grants. */
export interface TrustedIssuer {
  /** The issuer. */
  issuer: string;
  /** Where its keys are. */
  jwksUri: string;
}

/** The JWT bearer grant of a server that takes ID-JAGs of the company's provider, each once. */
export function idJagGrant(
  { trusted, resources, lifetime = { seconds: 300 } }: {
    trusted: () => TrustedIssuer;
    /** The backends whose tokens it gives. */
    resources: readonly string[] | (() => readonly string[]);
    lifetime?: { seconds: number };
  },
): ExtraGrant {
  const seen = new Set<string>();
  return {
    name: jwtBearer,
    parameters: ["assertion", "scope", "resource"],
    async answer(request) {
      const assertion = request.parameters.assertion ?? "";
      const claims = await verified(assertion, { trusted: trusted(), audience: request.issuer });
      if (!claims || decodeProtectedHeader(assertion).typ !== "oauth-id-jag+jwt") {
        return refuse("invalid_grant", "The assertion is not good here");
      }
      if (claims.client_id !== request.clientId) {
        return refuse("invalid_grant", "The assertion is for another client");
      }
      if (seen.has(String(claims.jti))) return refuse("invalid_grant", "The assertion was used");
      seen.add(String(claims.jti));
      const known = typeof resources === "function" ? resources() : resources;
      if (!known.includes(String(claims.resource))) {
        return refuse("invalid_grant", "The assertion is for another resource");
      }
      return await accessToken(request, {
        sub: claims.sub,
        aud: String(claims.resource),
        lifetime: lifetime.seconds,
      });
    },
  };
}

/** The JWT bearer grant of a server that knows workloads by the issuer and the subject of their JWT. */
export function workloadGrant(
  { trusted, subject, audience }: {
    trusted: () => TrustedIssuer;
    subject: string;
    audience: string;
  },
): ExtraGrant {
  return {
    name: jwtBearer,
    parameters: ["assertion", "scope", "resource"],
    async answer(request) {
      const claims = await verified(request.parameters.assertion ?? "", {
        trusted: trusted(),
        audience: request.issuer,
      });
      if (claims?.sub !== subject) return refuse("invalid_grant", "The assertion is not good here");
      return await accessToken(request, { sub: subject, aud: audience, lifetime: 300 });
    },
  };
}

async function accessToken(
  { clientId, parameters, sign }: GrantRequest,
  { sub, aud, lifetime }: { sub: string | undefined; aud: string; lifetime: number },
): Promise<Record<string, unknown>> {
  const { scope } = parameters;
  const claims = { sub, aud, client_id: clientId, ...scope !== undefined && { scope } };
  return {
    access_token: await sign(claims, { lifetime }),
    token_type: "Bearer",
    expires_in: lifetime,
    ...scope !== undefined && { scope },
  };
}

async function verified(
  assertion: string,
  { trusted: { issuer, jwksUri }, audience }: { trusted: TrustedIssuer; audience: string },
): Promise<JWTPayload | undefined> {
  const keys = createRemoteJWKSet(new URL(jwksUri));
  const result = await jwtVerify(assertion, keys, { issuer, audience }).catch(() => undefined);
  return result?.payload;
}

function refuse(error: string, error_description: string): Record<string, unknown> {
  return { error, error_description };
}
