/** What an operator of Glewlwyd does, by the API that its administration page uses. */
export interface GlewlwydAdmin {
  /** Adds an instance of the OpenID Connect plugin; its name is part of its issuer. */
  addPlugin(name: string, parameters: object): Promise<void>;
  /** Gives an instance other parameters. */
  changePlugin(name: string, parameters: object): Promise<void>;
  /** Lets people grant a scope, with their password; adds it where it is not there. */
  allowScope(name: string): Promise<void>;
  addClient(id: string, properties: object): Promise<void>;
  addPerson(person: { name: string; password: string }): Promise<void>;
  /** Ends the sessions of a person and disables their refresh tokens. */
  endSessions(person: string): Promise<void>;
  /** The refresh tokens of a person that are good. */
  refreshTokens(person: string): Promise<{ token_hash: string }[]>;
}

/** Signs the operator in that a new database has. */
export async function createGlewlwydAdmin(api: string): Promise<GlewlwydAdmin> {
  let cookie = "";
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${api}/${path}`, {
      method,
      headers: { "content-type": "application/json", cookie },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    cookie ||= response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    return text === "" ? undefined : JSON.parse(text);
  };
  await ask("POST", "auth/", { username: "admin", password: "password" });
  const scopes = new Set<string>();
  const refreshTokens = async (person: string): Promise<{ token_hash: string }[]> => {
    const tokens: { enabled: boolean; token_hash: string }[] = await ask(
      "GET",
      `oidc/token?impersonate=${person}&limit=1000`,
    );
    return tokens.filter(({ enabled }) => enabled);
  };

  return {
    async addPlugin(name, parameters) {
      await ask("POST", "mod/plugin/", { module: "oidc", name, display_name: name, parameters });
    },
    async changePlugin(name, parameters) {
      await ask("PUT", `mod/plugin/${name}`, {
        module: "oidc",
        name,
        display_name: name,
        parameters,
      });
      await ask("PUT", `mod/plugin/${name}/reset`);
    },
    async allowScope(name) {
      scopes.add(name);
      const scope = { name, display_name: name, password_required: true, password_max_age: 0 };
      const exists = (await ask("GET", "scope/")).some((one: { name: string }) =>
        one.name === name
      );
      await ask(exists ? "PUT" : "POST", exists ? `scope/${name}` : "scope/", {
        ...scope,
        scheme: {},
      });
    },
    async addClient(id, properties) {
      await ask("POST", "client/", { client_id: id, name: id, enabled: true, ...properties });
    },
    async addPerson({ name, password }) {
      const person = { username: name, name, password, scope: [...scopes], enabled: true };
      await ask("POST", "user/", person);
    },
    async endSessions(person) {
      const sessions = await ask("GET", `delegate/${person}/profile/session/?limit=1000`);
      for (const { session_hash } of sessions) {
        const hash = encodeURIComponent(session_hash);
        await ask("DELETE", `delegate/${person}/profile/session/${hash}`);
      }
      for (const { token_hash } of await refreshTokens(person)) {
        const hash = encodeURIComponent(token_hash);
        await ask("DELETE", `oidc/token/${hash}?impersonate=${person}`);
      }
    },
    refreshTokens,
  };
}
