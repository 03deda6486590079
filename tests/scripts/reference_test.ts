import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { join } from "node:path";
import { readConfigFile } from "../../src/settings/config_file.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import { readSystemDocument } from "../../src/settings/system_config.ts";
import { configSchema, generated, systemConfigSchema } from "../../scripts/reference.ts";

const root = join(import.meta.dirname!, "..", "..");

for (const [path, write] of Object.entries(generated)) {
  Deno.test(`${path} is as the tables say: run \`deno task docs\` after a change`, async () => {
    const text = await Deno.readTextFile(join(root, path));
    // The formatter pads table cells and breaks short lists; what they say is compared.
    const plain = (text: string) =>
      path.endsWith(".json")
        ? JSON.stringify(JSON.parse(text))
        : text.replace(/ *\| */g, "|").replace(/\|-+/g, "|---");
    assert.equal(plain(write(text)), plain(text));
  });
}

const validate = new Ajv2020({ allowUnionTypes: true }).compile(configSchema());

Deno.test("the schema of the configuration file knows what the program reads, and no more", async () => {
  const good = {
    $schema: "https://example.com/config.schema.json",
    defaults: { oidcIssuerUrl: "https://auth.company.com", loginTimeout: 120, noBanner: true },
    servers: {
      "company-tools": {
        backendUrl: "https://mcp.company.com/mcp",
        oidcClientId: "abc",
        oidcScopes: ["openid", "offline_access"],
        headers: ["X-Team: blue"],
        credentialEncryption: "keychain",
      },
    },
  };
  assert.ok(validate(good), JSON.stringify(validate.errors));
  const { settings, sources, server } = await resolveSettings({
    flags: { backendUrl: "company-tools", config: "/config.json" },
    getEnv: () => undefined,
    readTextFile: () => Promise.resolve(JSON.stringify(good)),
  });
  assert.equal(server?.name, "company-tools");
  assert.equal(settings.backendUrl?.href, "https://mcp.company.com/mcp");
  assert.deepEqual(settings.oidcScopes, ["openid", "offline_access"]);
  assert.equal(settings.loginTimeout, 120);
  assert.equal(settings.noBanner, true);
  assert.equal(settings.credentialEncryption, "keychain");
  assert.equal(settings.headers.length, 1);
  assert.equal(sources.loginTimeout, "config file");

  for (
    const [bad, complaint] of [
      [
        { servers: { x: { backendURL: "https://a.example" } } },
        /unknown setting "backendURL".*backendUrl/,
      ],
      [{ server: {} }, /"server"; only "defaults" and "servers"/],
      [{ servers: [] }, /"servers" must be an object/],
      [{ defaults: { config: "other.json" } }, /unknown setting "config"/],
      [{ defaults: { oidcClientId: { a: 1 } } }, /no text or number/],
    ] as const
  ) {
    assert.equal(validate(bad), false, JSON.stringify(bad));
    await assert.rejects(
      readConfigFile({
        given: "/config.json",
        machine: { os: "linux", env: () => undefined, cwd: "/" },
        readTextFile: () => Promise.resolve(JSON.stringify(bad)),
      }),
      complaint,
    );
  }
});

Deno.test("the schema of the system file knows what the program reads, and no more", async () => {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(systemConfigSchema());
  const directory = await Deno.makeTempDir();
  const path = join(directory, "config.json");
  // On Windows nobody asks whose file it is.
  const read = async (content: unknown) => {
    await Deno.writeTextFile(path, JSON.stringify(content));
    return await readSystemDocument(path, { os: "windows" });
  };
  try {
    const good = {
      defaults: { loginTimeout: 60 },
      servers: { tools: { backendUrl: "https://mcp.company.com/mcp" } },
      locked: { allowHttp: false, browser: null, allowTools: ["read_*"] },
      allowedBackends: ["https://*.company.com", "http://[::1]:*/mcp"],
      allowedIssuers: ["https://auth.company.com/realms/*"],
    };
    assert.ok(validate(good), JSON.stringify(validate.errors));
    const { policy } = await read(good);
    assert.deepEqual(policy.locked, { allowHttp: "false", browser: null, allowTools: "read_*" });
    assert.equal(policy.allowedBackends?.length, 2);
    for (
      const [bad, complaint] of [
        [{ policy: {} }, /has "policy"; only "defaults", "servers", "locked", "allowedBackends"/],
        [{ locked: { issuer: "https://a.test" } }, /unknown setting "issuer" in "locked"/],
        [{ locked: { issuer: null } }, /unknown setting "issuer" in "locked"/],
        [{ allowedBackends: "https://a.test" }, /"allowedBackends" must be a list/],
        [{ allowedBackends: ["company.com"] }, /"company.com" in "allowedBackends", which is no/],
        [{ allowedIssuers: ["https://*evil.test"] }, /Fix: use the form "https:/],
      ] as const
    ) {
      assert.equal(validate(bad), false, JSON.stringify(bad));
      await assert.rejects(read(bad), complaint);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("every link between the documents leads somewhere", async () => {
  const pages = ["README.md", "CONTRIBUTING.md"];
  const collect = async (directory: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(root, directory))) {
      if (isDirectory) await collect(`${directory}/${name}`);
      else if (name.endsWith(".md")) pages.push(`${directory}/${name}`);
    }
  };
  await collect("docs");
  const anchors = new Map<string, Set<string>>();
  const anchorsOf = async (path: string) => {
    if (!anchors.has(path)) {
      const text = (await Deno.readTextFile(path)).replace(/^```[^]*?^```/gm, "");
      const headings = [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) =>
        heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
      );
      anchors.set(path, new Set(headings));
    }
    return anchors.get(path)!;
  };
  const broken: string[] = [];
  for (const page of pages) {
    const text = (await Deno.readTextFile(join(root, page))).replace(/^```[^]*?^```/gm, "");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href|srcset)="([^"]+)"/g)];
    for (const [, markdown, html] of links) {
      const [target, anchor] = (markdown ?? html).split("#");
      if (/^[a-z]+:/.test(target)) continue;
      const path = target === "" ? join(root, page) : join(root, page, "..", target);
      const there = await Deno.stat(path).then(() => true, () => false);
      if (!there || (anchor && path.endsWith(".md") && !(await anchorsOf(path)).has(anchor))) {
        broken.push(`${page}: ${markdown ?? html}`);
      }
    }
  }
  assert.deepEqual(broken, []);
});
