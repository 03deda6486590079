/**
 * A provider without a network, whose every answer is a function, at a time that the test sets: for
 * the rows of tables that no real one can be brought to say. That real ones answer so is what the
 * tests with real ones show.
 *
 * @module
 */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { abortable } from "../../src/base/abortable.ts";
import { createLog } from "../../src/base/log.ts";
import type { OidcClientOptions } from "../../src/oidc/client_options.ts";
import { connectProvider } from "../../src/oidc/provider_connection.ts";

/** Its issuer. */
export const issuer = "https://auth.test";

/** Whom its tokens are for. */
export const clientId = "client";

/** The time at which everything begins, in milliseconds since the epoch: a whole second. */
export const began = Date.UTC(2026, 0, 1);

/** One request, as it came. */
export interface Sent {
  method: string;
  path: string;
  url: URL;
  headers: Headers;
  form: URLSearchParams;
  /** What is to become of redirects. */
  redirect: RequestRedirect | undefined;
}

/** Answers one request. */
export type Answer = (sent: Sent) => Response | Promise<Response>;

const own = await generateKeyPair("ES256", { extractable: true });
const another = await generateKeyPair("ES256", { extractable: true });

/** The key set that it publishes. */
export const jwks = {
  keys: [{ ...await exportJWK(own.publicKey), alg: "ES256", use: "sig", kid: "own" }],
};

/** The key set of another provider. */
export const otherJwks = {
  keys: [{ ...await exportJWK(another.publicKey), alg: "ES256", use: "sig", kid: "another" }],
};

/** An ID token of it; what is `undefined` is left out. */
export function idToken(
  claims: Record<string, unknown> = {},
  { kid = "own", by = "own" }: { kid?: string; by?: "own" | "another" } = {},
): Promise<string> {
  const now = began / 1000;
  return new SignJWT({
    iss: issuer,
    sub: "ada",
    aud: clientId,
    iat: now,
    exp: now + 300,
    ...claims,
  }).setProtectedHeader({ alg: "ES256", kid })
    .sign(by === "own" ? own.privateKey : another.privateKey);
}

/** What it is told; everything has a default. */
export interface Script {
  /** Members of its metadata, besides the usual ones. */
  metadata?: Record<string, unknown>;
  /** Answers by path: of one that has several, each is given once, and the last one for ever. */
  answers?: Record<string, Answer | Answer[]>;
  /** What the client is set to. */
  options?: Partial<OidcClientOptions>;
}

/** A provider and a client of it. */
export function scriptedProvider(
  { metadata = {}, answers = {}, options: given = {} }: Script = {},
) {
  const sent: Sent[] = [];
  const lines: string[] = [];
  const clock = { time: began };
  const usual: Record<string, Answer> = {
    "/.well-known/openid-configuration": () =>
      Response.json({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        code_challenge_methods_supported: ["S256"],
        id_token_signing_alg_values_supported: ["ES256"],
        ...metadata,
      }),
    "/jwks": () => Response.json(jwks),
  };
  const options: OidcClientOptions = {
    issuerUrl: new URL(issuer),
    clientId,
    scopes: ["openid"],
    redirectUrls: [new URL("http://127.0.0.1:0/auth/callback")],
    loginTimeout: 30_000,
    log: createLog({ level: "info", write: (line) => void lines.push(line) }),
    now: () => clock.time,
    fetch: async (href, init) => {
      init?.signal?.throwIfAborted();
      const url = new URL(href);
      const { method = "GET", headers, body } = init ?? {};
      const form = new URLSearchParams(body instanceof URLSearchParams ? body : String(body ?? ""));
      const request: Sent = {
        method,
        path: url.pathname,
        url,
        headers: new Headers(headers),
        form,
        redirect: init?.redirect,
      };
      sent.push(request);
      const scripted = answers[request.path] ?? usual[request.path];
      const answer = Array.isArray(scripted)
        ? scripted.length > 1 ? scripted.shift() : scripted[0]
        : scripted;
      const given = Promise.resolve(answer?.(request) ?? new Response(null, { status: 404 }));
      given.catch(() => {});
      return await (init?.signal ? abortable(given, init.signal) : given);
    },
    ...given,
  };
  return {
    /** The requests that came, in order. */
    sent,
    /** Those to one path. */
    sentTo: (path: string) => sent.filter((request) => request.path === path),
    /** What the client logged. */
    lines,
    /** The time that it is. */
    clock,
    options,
    connect: (signal = new AbortController().signal) =>
      connectProvider(options, { signal, maxAge: 0 }),
  };
}

/** A token answer in JSON. */
export function tokens(members: Record<string, unknown> = {}, status = 200): Answer {
  return () =>
    Response.json({ access_token: "access", token_type: "bearer", ...members }, { status });
}

/** An OAuth error. */
export function refusal(error: string, description?: string, status = 400): Answer {
  return () => Response.json({ error, error_description: description }, { status });
}
