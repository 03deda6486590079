import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import type { Provider, ProviderClient } from "../../counterpart.ts";
import { runCommand, startProcess } from "../../running_process.ts";
import { createScriptedBrowser } from "../../scripted_browser.ts";
import { createGlewlwydAdmin } from "./glewlwyd_admin.ts";
import { actAsLoginPage } from "./login_page.ts";
import { pluginParameters } from "./plugin.ts";

// It takes a secret in `Authorization` as it is and does not decode it, so that one with other
// characters than these is refused when it is sent as RFC 6749 section 2.3.1 says.
const plainSecret = "s3cret-of-a-client";
const secret = "s3cret/+: %&=~";

const glewlwyd: Provider = {
  name: "glewlwyd",
  title: "Glewlwyd 2.7",
  versions: {},
  toolchains: ["debian:glewlwyd", "debian:sqlite3"],
  files: [],
  install: async () => {},
  async start(options) {
    const { data, port, origin, audience, redirectUrl, signal } = options;
    const database = join(data, "glewlwyd.db");
    const schema = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
    await runCommand({ command: "sqlite3", args: [database, `.read ${schema}`], signal });
    const config = join(data, "glewlwyd.conf");
    await Deno.writeTextFile(config, configuration({ database, origin, port }));
    const server = await startProcess({
      command: "glewlwyd",
      args: [`--config-file=${config}`],
      ready: /Glewlwyd started on port/,
      signal,
    });
    // It says so just before it listens.
    await waitForPort(port);
    const admin = await createGlewlwydAdmin(`http://127.0.0.1:${port}/api`);
    const issuer = `${origin}/api/oidc`;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const signingKey = { ...privateKey.export({ format: "jwk" }), kid: "one", alg: "RS256" };
    const parameters = pluginParameters({ issuer, audience, signingKey });
    await admin.addPlugin("oidc", parameters);
    for (const scope of ["openid", "offline_access", "mcp", "register"]) {
      await admin.allowScope(scope);
    }

    const clientKey = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const privateJwk = clientKey.privateKey.export({ format: "jwk" });
    const publicJwk = {
      ...clientKey.publicKey.export({ format: "jwk" }),
      kid: "mcp",
      alg: "RS256",
    };
    const common = {
      redirect_uri: [redirectUrl],
      authorization_type: ["code", "refresh_token"],
      resource: [audience],
    };
    const authenticating = { ...common, confidential: true };
    await admin.addClient("mcp", { ...common, token_endpoint_auth_method: ["none"] });
    await admin.addClient("mcp-device", {
      ...common,
      authorization_type: ["device_authorization", "refresh_token"],
      token_endpoint_auth_method: ["none"],
    });
    await admin.addClient("mcp-confidential", {
      ...authenticating,
      client_secret: plainSecret,
      token_endpoint_auth_method: ["client_secret_basic"],
    });
    await admin.addClient("mcp-post", {
      ...authenticating,
      client_secret: secret,
      token_endpoint_auth_method: ["client_secret_post"],
    });
    await admin.addClient("mcp-key", {
      ...authenticating,
      jwks: { keys: [publicJwk] },
      token_endpoint_auth_method: ["private_key_jwt"],
    });
    await admin.addClient("mcp-service", {
      ...authenticating,
      authorization_type: ["client_credentials"],
      client_secret: plainSecret,
      token_endpoint_auth_method: ["client_secret_basic"],
      scope: ["mcp"],
    });
    await admin.addClient("operator", {
      ...authenticating,
      authorization_type: ["client_credentials"],
      client_secret: plainSecret,
      token_endpoint_auth_method: ["client_secret_basic"],
      scope: ["register"],
    });
    const basic: ProviderClient = { id: "mcp-confidential", secret: plainSecret };
    let people = 0;

    return {
      issuer,
      jwksUri: `${issuer}/jwks`,
      audience,
      openRegistration: true,
      settings: { OIDC_RESOURCE: audience, OIDC_SCOPES: "openid" },
      clients: {
        public: { id: "mcp" },
        // Tokens of a public client can be revoked by nobody but whoever signed in.
        renewing: basic,
        offline: basic,
        confidential: basic,
        post: { id: "mcp-post", secret, settings: { OIDC_CLIENT_AUTH: "client_secret_post" } },
        // It looks for the key by its `kid`, which a key in PEM does not have.
        key: { id: "mcp-key", key: JSON.stringify({ ...privateJwk, kid: "mcp" }) },
        service: {
          id: "mcp-service",
          secret: plainSecret,
          settings: { OIDC_SCOPES: "mcp", OIDC_NO_OPENID: "1" },
        },
        device: { id: "mcp-device" },
        pushed: { ...basic, settings: { OIDC_PAR: "1" } },
        bound: { ...basic, settings: { OIDC_DPOP: "1" } },
      },
      async createPerson() {
        const person = { name: `ada${++people}`, password: "correct horse" };
        await admin.addPerson(person);
        return person;
      },
      createBrowser(person) {
        const browser = createScriptedBrowser({
          person,
          script: (page, ask) => actAsLoginPage(page.url, { person, ask }),
        });
        return {
          signIn: (url) => browser.visit(url),
          approveDevice: (url, userCode) => {
            url.searchParams.set("code", userCode);
            return browser.visit(url);
          },
        };
      },
      admin: {
        endSessions: ({ name }) => admin.endSessions(name),
        // Whom it does not let sign in any more, it goes on to give tokens.
        countSessions: async ({ name }) => (await admin.refreshTokens(name)).length,
        setOpenRegistration: (open) =>
          admin.changePlugin("oidc", {
            ...parameters,
            "register-client-auth-scope": open ? [] : ["register"],
          }),
        async createInitialAccessToken() {
          const response = await fetch(`http://127.0.0.1:${port}/api/oidc/token`, {
            method: "POST",
            headers: { authorization: `Basic ${btoa(`operator:${plainSecret}`)}` },
            body: new URLSearchParams({ grant_type: "client_credentials", scope: "register" }),
          });
          return (await response.json()).access_token;
        },
      },
      kill: server.kill,
      output: server.output,
      [Symbol.asyncDispose]: server.kill,
    };
  },
};
export default glewlwyd;

async function waitForPort(port: number): Promise<void> {
  for (const end = performance.now() + 10_000;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function configuration(
  { database, origin, port }: { database: string; origin: string; port: number },
): string {
  const { hostname } = new URL(origin);
  const library = "/usr/lib/glewlwyd";
  return `
port=${port}
bind_address="127.0.0.1"
external_url="${origin}"
login_url="login.html"
api_prefix="api"
static_files_path="/usr/share/glewlwyd/webapp/"
static_files_mime_types=({extension=".html" mime_type="text/html" compress=0})
log_mode="console"
log_level="INFO"
cookie_domain="${hostname}"
cookie_secure=0
cookie_same_site="empty"
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
allow_origin="*"
user_module_path="${library}/user"
user_middleware_module_path="${library}/user_middleware"
client_module_path="${library}/client"
user_auth_scheme_module_path="${library}/scheme"
plugin_module_path="${library}/plugin"
hash_algorithm="SHA512"
database={ type="sqlite3" path="${database}" };
`;
}
