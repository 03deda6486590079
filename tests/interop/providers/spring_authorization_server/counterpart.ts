import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import type { Provider, ProviderClient } from "../../counterpart.ts";
import { mavenProject } from "../../maven_project.ts";
import { startProcess } from "../../running_process.ts";
import { createScriptedBrowser } from "../../scripted_browser.ts";

const { files, install } = mavenProject(new URL(".", import.meta.url));

/** A client with its secret, as `Application.java` makes it. */
function confidential(id: string, settings?: Record<string, string>): ProviderClient {
  return { id, secret: `s3cret/+: %&=~${id}`, settings };
}

const springAuthorizationServer: Provider = {
  name: "spring-authorization-server",
  title: "Spring Authorization Server 7.0",
  versions: { "spring-boot-starter-security-oauth2-authorization-server": "4.0.7" },
  toolchains: ["maven"],
  files,
  install,
  async start(options) {
    const { directory, port, origin, audience, redirectUrl, accessTokenLifetime, signal } = options;
    const operator = `http://127.0.0.1:${port}/operator`;
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const jwk = {
      ...publicKey.export({ format: "jwk" }),
      kid: "authful",
      use: "sig",
      alg: "RS256",
    };
    const server = await startProcess({
      command: "java",
      args: ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar", join(directory, "target/server.jar")],
      env: {
        SERVER_PORT: String(port),
        SERVER_ADDRESS: "127.0.0.1",
        ISSUER: origin,
        AUDIENCE: audience,
        REDIRECT_URL: redirectUrl,
        ACCESS_TOKEN_LIFETIME: String(accessTokenLifetime),
        CLIENT_JWKS: JSON.stringify({ keys: [jwk] }),
        CLIENT_JWKS_URL: `${operator}/client-jwks`,
      },
      ready: /Started Application in/,
      patience: 120_000,
      signal,
    });
    const ask = async (method: string, path: string, parameters?: Record<string, string>) => {
      const response = await fetch(`${operator}${path}`, {
        method,
        body: parameters && new URLSearchParams(parameters),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text;
    };
    let people = 0;

    return {
      issuer: origin,
      jwksUri: `${origin}/oauth2/jwks`,
      audience,
      clients: {
        public: { id: "mcp" },
        withoutRefresh: { id: "mcp" },
        renewing: confidential("mcp-rotating"),
        confidential: confidential("mcp-confidential"),
        post: confidential("mcp-post", { OIDC_CLIENT_AUTH: "client_secret_post" }),
        key: { id: "mcp-key", key: String(privateKey.export({ type: "pkcs8", format: "pem" })) },
        service: confidential("mcp-service", { OIDC_SCOPES: "profile" }),
        // It takes no `openid` in the device flow.
        device: confidential("mcp-device", { OIDC_SCOPES: "profile", OIDC_NO_OPENID: "1" }),
        pushed: confidential("mcp-confidential", { OIDC_PAR: "1" }),
        bound: confidential("mcp-confidential", { OIDC_DPOP: "1" }),
        consent: { id: "mcp-consent" },
      },
      async createPerson() {
        const person = { name: `ada${++people}`, password: "correct horse" };
        await ask("POST", "/people", person);
        return person;
      },
      createBrowser(person, { consent } = {}) {
        const browser = createScriptedBrowser({ person, consent });
        return {
          signIn: (url) => browser.visit(url),
          approveDevice: (url, userCode) => browser.visit(url, { userCode }),
        };
      },
      admin: {
        async endSessions({ name }) {
          await ask("DELETE", `/people/${name}/authorizations`);
        },
        countSessions: async ({ name }) =>
          Number(await ask("GET", `/people/${name}/authorizations`)),
        setOpenRegistration: async (open) =>
          void await ask("POST", "/registration", { open: String(open) }),
        setRegistrationScopes: async (allowed) =>
          void await ask("POST", "/registration", { scopes: String(allowed) }),
        async createInitialAccessToken() {
          const { id, secret } = confidential("registrar");
          const response = await fetch(`http://127.0.0.1:${port}/oauth2/token`, {
            method: "POST",
            headers: {
              authorization: `Basic ${btoa(`${id}:${encodeURIComponent(secret!)}`)}`,
            },
            body: new URLSearchParams({ grant_type: "client_credentials", scope: "client.create" }),
          });
          const answer = await response.json();
          if (!response.ok) throw new Error(`no initial access token: ${JSON.stringify(answer)}`);
          return answer.access_token;
        },
      },
      kill: server.kill,
      output: server.output,
      [Symbol.asyncDispose]: server.kill,
    };
  },
};
export default springAuthorizationServer;
