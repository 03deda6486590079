import { join } from "node:path";
import type { Provider, ProviderOptions, ProviderPerson } from "../../counterpart.ts";
import { certificateFile } from "../../../support/https_server.ts";
import { freePort } from "../../../support/free_port.ts";
import { createScriptedBrowser } from "../../scripted_browser.ts";
import { runCommand, startProcess } from "../../running_process.ts";
import { createKeycloakAdmin } from "./keycloak_admin.ts";
import { createRealm, realm } from "./realm.ts";

const version = "26.7.3";
const administrator = { name: "admin", password: "for the tests alone" };
const database = "keycloak.mv.db";
const policies = "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy";

const keycloak: Provider = {
  name: "keycloak",
  title: `Keycloak ${version}`,
  versions: { "org.keycloak:keycloak-quarkus-dist": version },
  toolchains: ["maven"],
  quick: true,
  files: [new URL(import.meta.url)],
  /** Unpacks it, builds it for its database, and starts it once, which makes the tables. */
  async install(directory, signal) {
    await runCommand({
      command: "mvn",
      args: [
        "--batch-mode",
        "--quiet",
        "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack",
        `-Dartifact=org.keycloak:keycloak-quarkus-dist:${version}:zip`,
        `-DoutputDirectory=${directory}`,
      ],
      cwd: directory,
      signal,
    });
    const home = join(directory, `keycloak-${version}`);
    const script = join(home, "bin", "kc.sh");
    await runCommand({ command: "/bin/sh", args: [script, "build", "--db=dev-file"], signal });
    const [port, securePort] = [freePort(), freePort()];
    await using first = await startServer({ directory, data: directory, port, securePort, signal });
    // A database that was closed is whole.
    first.signal("SIGTERM");
    await first.ended;
  },
  async start(options) {
    const { directory, data, port, signal } = options;
    await Deno.copyFile(join(directory, database), join(data, database));
    const securePort = freePort();
    const server = await startServer({ directory, data, port, securePort, signal });
    try {
      const secureIssuer = `https://localhost:${securePort}/realms/${realm}`;
      return { ...await describe(server, options), secureIssuer };
    } catch (error) {
      await server.kill();
      throw error;
    }
  },
};
export default keycloak;

type Starting = Pick<ProviderOptions, "directory" | "data" | "port" | "signal"> & {
  securePort: number;
};

/** Keycloak for production, so that it starts without building itself first; http for the loopback. */
async function startServer({ directory, data, port, securePort, signal }: Starting) {
  return await startProcess({
    command: "/bin/sh",
    args: [
      join(directory, `keycloak-${version}`, "bin", "kc.sh"),
      "start",
      "--optimized",
      "--cache=local",
      "--http-enabled=true",
      "--http-host=127.0.0.1",
      `--http-port=${port}`,
      `--https-port=${securePort}`,
      `--https-certificate-file=${certificateFile("server.pem")}`,
      `--https-certificate-key-file=${certificateFile("server.key")}`,
      "--hostname-strict=false",
      `--db-url=jdbc:h2:file:${join(data, "keycloak")};NON_KEYWORDS=VALUE`,
    ],
    env: {
      KC_BOOTSTRAP_ADMIN_USERNAME: administrator.name,
      KC_BOOTSTRAP_ADMIN_PASSWORD: administrator.password,
      // It serves a few requests and ends: compiled code that is fast at once is worth more.
      JAVA_OPTS_APPEND: "-XX:TieredStopAtLevel=1",
    },
    ready: /Listening on: http/,
    patience: 240_000,
    signal,
  });
}

async function describe(
  server: Awaited<ReturnType<typeof startServer>>,
  options: ProviderOptions,
): ReturnType<Provider["start"]> {
  const { origin, port, audience } = options;
  const admin = createKeycloakAdmin({ origin: `http://127.0.0.1:${port}`, ...administrator });
  const clients = await createRealm(admin, options);
  const ids = new Map<string, string>();
  const userPath = (person: ProviderPerson) => `/${realm}/users/${ids.get(person.name)}`;
  let people = 0;

  return {
    issuer: `${origin}/realms/${realm}`,
    jwksUri: `${origin}/realms/${realm}/protocol/openid-connect/certs`,
    audience,
    clients,
    async createPerson() {
      const person = { name: `ada${++people}`, password: "correct horse" };
      const id = await admin.request<string>("POST", `/${realm}/users`, {
        username: person.name,
        enabled: true,
        email: `${person.name}@company.test`,
        emailVerified: true,
        firstName: "Ada",
        lastName: "Lovelace",
        credentials: [{ type: "password", value: person.password, temporary: false }],
      });
      ids.set(person.name, id);
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
      async trustWorkload({ issuer, jwksUri, subject }) {
        const alias = `platform-${new URL(issuer).port}`;
        await admin.request("POST", `/${realm}/identity-provider/instances`, {
          alias,
          providerId: "oidc",
          enabled: true,
          config: {
            issuer,
            jwksUrl: jwksUri,
            useJwksUrl: "true",
            validateSignature: "true",
            supportsClientAssertions: "true",
            authorizationUrl: `${issuer}/none`,
            tokenUrl: `${issuer}/none`,
            clientId: "none",
            clientSecret: "none",
          },
        });
        const id = `${alias}-client`;
        await admin.request("POST", `/${realm}/clients`, {
          clientId: id,
          protocol: "openid-connect",
          publicClient: false,
          standardFlowEnabled: false,
          serviceAccountsEnabled: true,
          clientAuthenticatorType: "federated-jwt",
          attributes: { "jwt.credential.issuer": alias, "jwt.credential.sub": subject },
        });
        return { id };
      },
      endSessions: (person) => admin.request("POST", `${userPath(person)}/logout`),
      disable: (person) => admin.request("PUT", userPath(person), { enabled: false }),
      async countSessions(person) {
        const sessions = await admin.request<unknown[]>("GET", `${userPath(person)}/sessions`);
        // Offline ones are not among them, but among what the person has granted.
        const grants = await admin.request<{ additionalGrants?: unknown[] }[]>(
          "GET",
          `${userPath(person)}/consents`,
        );
        return sessions.length +
          grants.flatMap(({ additionalGrants = [] }) => additionalGrants).length;
      },
      async setOpenRegistration(open) {
        const components = await admin.request<Policy[]>(
          "GET",
          `/${realm}/components?type=${policies}`,
        );
        const trusted = components.find((policy) =>
          policy.providerId === "trusted-hosts" && policy.subType === "anonymous"
        )!;
        trusted.config["trusted-hosts"] = open ? ["127.0.0.1"] : [];
        await admin.request("PUT", `/${realm}/components/${trusted.id}`, trusted);
      },
      async createInitialAccessToken() {
        // Its issuer is the name that Keycloak was asked under, and has to be that of the provider.
        const atIssuer = createKeycloakAdmin({ origin, ...administrator });
        const { token } = await atIssuer.request<{ token: string }>(
          "POST",
          `/${realm}/clients-initial-access`,
          { count: 1, expiration: 600 },
        );
        return token;
      },
    },
    kill: server.kill,
    output: server.output,
    [Symbol.asyncDispose]: server.kill,
  };
}

interface Policy {
  id: string;
  providerId: string;
  subType: string;
  config: Record<string, string[]>;
}
