/**
 * A provider that does what no real one does: every answer can be bent, and nothing is asked of the
 * person. It stands beside the real one of `provider.ts` to show what a sign-in must not accept.
 *
 * @module
 */
import { generateKeyPairSync } from "node:crypto";
import { type JWK, SignJWT } from "jose";

/** Everything that a sign-in gets to see, made good; a fault changes some of it. */
export interface Answers {
  /** The metadata. */
  metadata: Record<string, unknown>;
  /** The header of the ID token. */
  idTokenHeader: { alg: string; kid?: string };
  /** The claims of the ID token. */
  claims: Record<string, unknown>;
  /** The answer of the token endpoint, to which the ID token is added. */
  tokens: Record<string, unknown>;
  /** The key set. */
  jwks: { keys: JWK[] };
  /** Parameters of the redirect back, beside `code` and `state`. */
  redirect: Record<string, string>;
  /** Signs the ID token; with the provider's own key unless a fault takes another. */
  sign: (header: { alg: string; kid?: string }, claims: Record<string, unknown>) => Promise<string>;
  /** Whole answers that are given instead, by path. */
  instead: Record<string, () => Response>;
}

/** Bends the answers. */
export type Fault = (answers: Answers, keys: HostileKeys) => void | Promise<void>;

/** The keys there are. */
export interface HostileKeys {
  /** The public key that the key set names. */
  publicJwk: JWK;
  /** Signs with a key that is not the provider's. */
  signWithAnother: Answers["sign"];
}

/** A running hostile provider. */
export interface HostileProvider extends AsyncDisposable {
  /** The issuer identifier. */
  readonly issuer: string;
  /** The client id that its ID tokens are for. */
  readonly clientId: string;
  /** The paths that were asked for, in order. */
  readonly paths: readonly string[];
  /** What must turn up nowhere: tokens and code. */
  readonly secrets: readonly string[];
}

const own = generateKeyPairSync("rsa", { modulusLength: 2048 });
const another = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** Starts one with one fault. */
export function startHostileProvider(fault: Fault): HostileProvider {
  const clientId = "authful-test";
  const paths: string[] = [];
  const nonces = new Map<string, string>();
  const secrets = ["hostile-access-token", "hostile-refresh-token", "hostile-code"];
  const publicJwk: JWK = {
    ...own.publicKey.export({ format: "jwk" }) as JWK,
    alg: "RS256",
    use: "sig",
    kid: "own",
  };
  const signer = (key: typeof own.privateKey): Answers["sign"] => (header, claims) =>
    new SignJWT(claims).setProtectedHeader(header).sign(key.export({ format: "jwk" }) as JWK);
  const keys = { publicJwk, signWithAnother: signer(another.privateKey) };

  const answers = async (issuer: string, nonce: string): Promise<Answers> => {
    const now = Math.floor(Date.now() / 1000);
    const good: Answers = {
      metadata: {
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        device_authorization_endpoint: `${issuer}/device`,
        code_challenge_methods_supported: ["S256"],
        id_token_signing_alg_values_supported: ["RS256", "HS256", "none"],
      },
      idTokenHeader: { alg: "RS256", kid: "own" },
      claims: { iss: issuer, sub: "ada", aud: clientId, iat: now, exp: now + 300, nonce },
      tokens: {
        access_token: "hostile-access-token",
        refresh_token: "hostile-refresh-token",
        token_type: "Bearer",
        expires_in: 300,
      },
      jwks: { keys: [publicJwk] },
      redirect: {},
      sign: signer(own.privateKey),
      instead: {},
    };
    await fault(good, keys);
    return good;
  };

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const url = new URL(request.url);
    paths.push(url.pathname);
    const form = request.method === "POST" ? new URLSearchParams(await request.text()) : undefined;
    const { metadata, tokens, jwks, redirect, instead, ...id } = await answers(
      `http://${url.host}`,
      nonces.get(form?.get("code") ?? "") ?? "",
    );
    if (instead[url.pathname]) return instead[url.pathname]();
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return Response.json(metadata);
      case "/jwks":
        return Response.json(jwks);
      case "/auth": {
        nonces.set("hostile-code", url.searchParams.get("nonce") ?? "");
        const back = new URL(url.searchParams.get("redirect_uri") ?? "");
        back.search = new URLSearchParams({
          code: "hostile-code",
          state: url.searchParams.get("state") ?? "",
          ...redirect,
        }).toString();
        return Response.redirect(back, 302);
      }
      case "/token":
        return Response.json({ id_token: await id.sign(id.idTokenHeader, id.claims), ...tokens });
    }
    return new Response(null, { status: 404 });
  });
  return {
    issuer: `http://127.0.0.1:${server.addr.port}`,
    clientId,
    paths,
    secrets,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A body that never ends. */
export function endlessAnswer(): Response {
  return new Response(
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(32)),
    }),
    { headers: { "content-type": "application/json" } },
  );
}

/** Sends what was posted on to somebody else. */
export function redirectElsewhere(): Response {
  return new Response(null, { status: 307, headers: { location: "https://evil.test/steal" } });
}
