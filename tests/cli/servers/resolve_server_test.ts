import assert from "node:assert/strict";
import { join } from "node:path";
import { resolveServer } from "../../../src/cli/servers/resolve_server.ts";
import type { SetUpServer } from "../../../src/settings/resolve_settings.ts";
import type { SystemConfig } from "../../../src/settings/system_config.ts";

const inFile = (texts: SetUpServer["texts"]): SetUpServer => ({
  name: "tools",
  origin: "config file",
  path: "/config.json",
  texts,
});

Deno.test("a server has the settings with which a client would start it, and none of this shell", async () => {
  const shell: Record<string, string> = {
    OIDC_CLIENT_ID: "shell",
    MCP_PROXY_PROFILE: "shell",
    BROWSER: "firefox",
  };
  const asked = new Set<string>();
  const files = {
    config: undefined,
    system: undefined,
    getEnv(name: string) {
      asked.add(name);
      return shell[name];
    },
  };
  const texts = { backendUrl: "https://a.test/", oidcIssuerUrl: "https://auth.test" };
  const own = await resolveServer(inFile(texts), files);
  assert.deepEqual(own.server, inFile(texts));
  const { settings, sources } = own;
  assert.equal(settings.backendUrl?.href, "https://a.test/");
  assert.equal(sources.backendUrl, "config file");
  assert.deepEqual([settings.oidcClientId, settings.profile], [undefined, "default"]);
  assert.equal(
    settings.browser,
    "firefox",
    "what is no setting of the server's is that of the machine",
  );
  assert.ok(asked.has("HOME") && ![...asked].some((name) => /^(?:OIDC|MCP)_/.test(name)));

  const client: SetUpServer = { ...inFile(texts), origin: "client", path: "/cursor.json" };
  const ofClient = await resolveServer(client, files);
  assert.equal(ofClient.server, undefined);
  assert.deepEqual(
    [ofClient.settings.backendUrl?.href, ofClient.sources.backendUrl],
    ["https://a.test/", "flag"],
  );
});

Deno.test("a server has the defaults of the files, too", async () => {
  const home = await Deno.makeTempDir();
  try {
    const config = join(home, "config.json");
    await Deno.writeTextFile(config, JSON.stringify({ defaults: { profile: "mine" } }));
    const system = {
      path: "/etc/config.json",
      defaults: { oidcClientId: "theirs", profile: "theirs" },
      servers: {},
      policy: { locked: {} },
    } as unknown as SystemConfig;
    const { settings } = await resolveServer(inFile({ backendUrl: "https://a.test/" }), {
      config,
      system,
    });
    assert.deepEqual([settings.profile, settings.oidcClientId], ["mine", "theirs"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
