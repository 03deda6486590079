/** What {@linkcode createKeycloakAdmin} is told. */
export interface KeycloakAdminOptions {
  /** Where Keycloak is. */
  origin: string;
  /** The administrator of the realm `master`. */
  name: string;
  password: string;
}

/** Keycloak's admin REST interface. */
export interface KeycloakAdmin {
  /**
   * Sends a request to a path under `/admin/realms`.
   *
   * @returns what the answer's body says, or the id of what was created.
   * @throws {Error} when Keycloak refuses it.
   */
  request<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
}

/** Administers Keycloak as its console does; asks for a new token whenever one may be needed. */
export function createKeycloakAdmin(options: KeycloakAdminOptions): KeycloakAdmin {
  const { origin, name, password } = options;
  let token: Promise<string> | undefined;
  let until = 0;
  const signIn = async () => {
    const response = await fetch(`${origin}/realms/master/protocol/openid-connect/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "password",
        client_id: "admin-cli",
        username: name,
        password,
      }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`Keycloak's administrator: ${JSON.stringify(answer)}`);
    return answer.access_token as string;
  };
  return {
    async request<T>(method: string, path: string, body?: unknown): Promise<T> {
      // It holds for a minute.
      if (!token || Date.now() > until) {
        token = signIn();
        until = Date.now() + 30_000;
      }
      const response = await fetch(`${origin}/admin/realms${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await token}`,
          ...body === undefined ? {} : { "content-type": "application/json" },
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok) {
        throw new Error(`${method} ${path} at Keycloak: ${response.status} ${text.slice(0, 500)}`);
      }
      if (text) return JSON.parse(text) as T;
      const location = response.headers.get("location");
      return location?.slice(location.lastIndexOf("/") + 1) as T;
    },
  };
}
