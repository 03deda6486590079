import assert from "node:assert/strict";
import {
  metaKey,
  readRegistryServer,
  type RegistryServer,
} from "../../../../src/cli/setup/catalogue/registry_server.ts";

const publisherKey = "io.modelcontextprotocol.registry/publisher-provided";
const officialKey = "io.modelcontextprotocol.registry/official";
const url = "https://mcp.company.com/";
const remote = { type: "streamable-http", url };
const server = { name: "com.company/tools", remotes: [remote] };
const found = (more: Partial<RegistryServer> = {}): RegistryServer => ({
  name: "com.company/tools",
  title: undefined,
  description: undefined,
  settings: { backendUrl: url },
  isLatest: true,
  ...more,
});
const settings = (more: Record<string, unknown>) =>
  found({ settings: { backendUrl: url, ...more } });

const rows: [what: string, value: unknown, read: RegistryServer | undefined][] = [
  ["a server.json", server, found()],
  ["an entry of a list", { server }, found()],
  [
    "what it is said to be",
    { ...server, title: "Tools", description: "What they do" },
    found({ title: "Tools", description: "What they do" }),
  ],
  ["empty texts, and what are none", { ...server, title: "", description: 3 }, found()],
  ["no object", "com.company/tools", undefined],
  ["nothing", null, undefined],
  ["a list", [server], undefined],
  ["an entry without a server", { server: null }, undefined],
  ["no name", { remotes: [remote] }, undefined],
  ["a name that is no text", { ...server, name: 3 }, undefined],
  ["no remotes", { name: "a" }, undefined],
  ["remotes that are no list", { ...server, remotes: remote }, undefined],
  ["remotes of other types", { ...server, remotes: [{ type: "sse", url }, null] }, undefined],
  ["a remote without a URL", { ...server, remotes: [{ type: "streamable-http" }] }, undefined],
  [
    "the first of several remotes",
    { ...server, remotes: [{ type: "sse", url: "x" }, remote, { ...remote, url: "y" }] },
    found(),
  ],
  ["the latest", { server, _meta: { [officialKey]: { isLatest: true } } }, found()],
  [
    "an older one",
    { server, _meta: { [officialKey]: { isLatest: false } } },
    found({ isLatest: false }),
  ],
  [
    "an older one in a list, as the server itself says",
    { server: { ...server, _meta: { [officialKey]: { isLatest: false } } } },
    found({ isLatest: false }),
  ],
  [
    "an older one, as the server itself says",
    { ...server, _meta: { [officialKey]: { isLatest: false } } },
    found({ isLatest: false }),
  ],
  ["a deleted one", { server, _meta: { [officialKey]: { status: "deleted" } } }, undefined],
  ["a deleted one, as the server itself says", { ...server, status: "deleted" }, undefined],
  [
    "one that the registry calls active, whatever the server says",
    { server: { ...server, status: "deleted" }, _meta: { [officialKey]: { status: "active" } } },
    found(),
  ],
  [
    "settings of the publisher",
    { ...server, _meta: { [publisherKey]: { [metaKey]: { oidcScopes: "a" } } } },
    settings({ oidcScopes: "a" }),
  ],
  [
    "settings of the server before those of the publisher",
    {
      ...server,
      _meta: { [publisherKey]: { [metaKey]: { oidcScopes: "a" } }, [metaKey]: { oidcScopes: "b" } },
    },
    settings({ oidcScopes: "b" }),
  ],
  [
    "settings of the registry before those of the server",
    {
      server: { ...server, _meta: { [metaKey]: { oidcScopes: "b", oidcToken: "id" } } },
      _meta: { [metaKey]: { oidcScopes: "c" } },
    },
    settings({ oidcScopes: "c", oidcToken: "id" }),
  ],
  [
    "the URL of the remote before every setting",
    { server, _meta: { [metaKey]: { backendUrl: "https://evil.test/" } } },
    found(),
  ],
  [
    "variables that are settings, by either name, below all others",
    {
      ...server,
      remotes: [{
        ...remote,
        variables: {
          OIDC_ISSUER_URL: { value: "https://auth.test" },
          oidcClientId: { default: "abc" },
          OIDC_SCOPES: { value: "x" },
          OTHER: { value: "y" },
          OIDC_TOKEN: { value: 3 },
          OIDC_FLOW: null,
        },
      }],
      _meta: { [metaKey]: { oidcScopes: "b" } },
    },
    settings({ oidcIssuerUrl: "https://auth.test", oidcClientId: "abc", oidcScopes: "b" }),
  ],
  [
    "a value before a default",
    {
      ...server,
      remotes: [{ ...remote, variables: { OIDC_SCOPES: { value: "a", default: "b" } } }],
    },
    settings({ oidcScopes: "a" }),
  ],
  [
    "variables in its URL, those that are known",
    {
      ...server,
      remotes: [{
        type: "streamable-http",
        url: "https://{a}.test/{b1}/{a}/{c}/{}/{1}/{_d}",
        variables: { a: { value: "x" }, b1: { default: "y" }, _d: { value: "z" } },
      }],
    },
    found({ settings: { backendUrl: "https://x.test/y/x/{c}/{}/{1}/z" } }),
  ],
];
for (const [what, value, read] of rows) {
  Deno.test(`a server of a registry is read: ${what}`, () => {
    assert.deepEqual(readRegistryServer(value), read);
  });
}
