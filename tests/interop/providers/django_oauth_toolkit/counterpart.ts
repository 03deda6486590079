import { join } from "node:path";
import { fromFileUrl } from "../../../support/paths.ts";
import type { Provider } from "../../counterpart.ts";
import { installPythonPackages } from "../../installation.ts";
import { startProcess } from "../../running_process.ts";
import { createScriptedBrowser } from "../../scripted_browser.ts";

const files = [new URL("requirements.txt", import.meta.url)];
const secret = "s3cret/+: %&=~";

const djangoOauthToolkit: Provider = {
  name: "django-oauth-toolkit",
  title: "Django OAuth Toolkit 3.4",
  versions: { "django-oauth-toolkit": "3.4.1", "Django": "5.2.19" },
  toolchains: ["python"],
  files,
  install: (directory, signal) => installPythonPackages(directory, { files, signal }),
  async start(options) {
    const { directory, data, port, origin, audience, redirectUrl, signal } = options;
    const server = await startProcess({
      command: join(directory, "venv", "bin", "python"),
      args: ["-m", "server"],
      cwd: fromFileUrl(new URL(".", import.meta.url)),
      env: {
        PYTHONDONTWRITEBYTECODE: "1",
        PYTHONUNBUFFERED: "1",
        DATA: data,
        PORT: String(port),
        ORIGIN: origin,
        AUDIENCE: audience,
        // WSGI takes `REDIRECT_URL` for the path of the request.
        CALLBACK_URL: redirectUrl,
        // The only lifetime that it knows is one for all.
        ACCESS_TOKEN_LIFETIME: "300",
        SECRET: secret,
      },
      ready: /Quit the server with/,
      signal,
    });
    const operate = async (act: string, name: string, body?: Record<string, string>) => {
      const response = await fetch(`http://127.0.0.1:${port}/operator/${act}/${name}`, {
        method: "POST",
        body: body && new URLSearchParams(body),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${act} ${name}: ${response.status} ${text.slice(0, 300)}`);
      return text;
    };
    let people = 0;

    return {
      issuer: `${origin}/o`,
      jwksUri: `${origin}/o/.well-known/jwks.json`,
      audience,
      clients: {
        public: { id: "mcp" },
        renewing: { id: "mcp" },
        confidential: { id: "mcp-confidential", secret },
        post: {
          id: "mcp-confidential",
          secret,
          settings: { OIDC_CLIENT_AUTH: "client_secret_post" },
        },
        service: { id: "mcp-service", secret, settings: { OIDC_SCOPES: "profile" } },
        // Neither of its metadata documents names its device endpoint, so that no client finds it.
        consent: { id: "mcp-consent" },
        // It gives such a client no algorithm for ID tokens, and fails with 500 when one is due.
        selfRegistered: { id: "", settings: { OIDC_NO_OPENID: "1" } },
      },
      async createPerson() {
        const person = { name: `ada${++people}`, password: "correct horse" };
        await operate("create", person.name, { password: person.password });
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
        endSessions: async ({ name }) => void await operate("end", name),
        // Whom Django does not let sign in any more, the toolkit goes on to give tokens.
        countSessions: async ({ name }) => JSON.parse(await operate("count", name)).count,
        setOpenRegistration: async (open) =>
          void await operate("registration", open ? "open" : "closed"),
      },
      kill: server.kill,
      output: server.output,
      [Symbol.asyncDispose]: server.kill,
    };
  },
};
export default djangoOauthToolkit;
