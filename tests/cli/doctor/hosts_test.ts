import assert from "node:assert/strict";
import { proxyFor } from "../../../src/cli/doctor/checks/hosts.ts";

const url = new URL("https://mcp.company.com/mcp");
const proxy = "http://proxy:3128";
const cases: [string, URL, Record<string, string>, string | undefined][] = [
  ["none is set", url, {}, undefined],
  ["for https", url, { HTTPS_PROXY: proxy }, proxy],
  ["in lower case", url, { https_proxy: proxy }, proxy],
  ["for http only", url, { HTTP_PROXY: proxy }, undefined],
  ["for all", url, { ALL_PROXY: proxy }, proxy],
  ["excepted by name", url, { HTTPS_PROXY: proxy, NO_PROXY: "a, mcp.company.com" }, undefined],
  ["excepted by domain", url, { HTTPS_PROXY: proxy, NO_PROXY: ".company.com" }, undefined],
  ["excepted by star", url, { HTTPS_PROXY: proxy, NO_PROXY: "*" }, undefined],
  ["another name excepted", url, { HTTPS_PROXY: proxy, NO_PROXY: "pany.com" }, proxy],
  ["this machine", new URL("http://localhost:1"), { HTTP_PROXY: proxy }, undefined],
];
for (const [name, url, variables, expected] of cases) {
  Deno.test(`proxyFor: ${name}`, () => {
    assert.equal(proxyFor(url, (key) => variables[key]), expected);
  });
}
