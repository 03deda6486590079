import assert from "node:assert/strict";
import { join } from "node:path";
import { clients } from "../../../src/cli/setup/clients.ts";
import { inheritedVariables } from "../../../src/cli/setup/inherited_variables.ts";
import type { ServerEntry } from "../../../src/cli/setup/server_entry.ts";
import type { SearchableMachine } from "../../../src/platform/paths.ts";
import { repository } from "../../support/paths.ts";

const page = await Deno.readTextFile(join(repository, "docs/clients.md"));
const readme = await Deno.readTextFile(join(repository, "README.md"));

/** The company that every document speaks of. */
const entry: ServerEntry = {
  name: "company-tools",
  command: "/usr/local/bin/authful-mcp-proxy",
  args: ["https://mcp-backend.company.com/mcp"],
  env: { OIDC_ISSUER_URL: "https://auth.company.com", OIDC_CLIENT_ID: "your-client-id" },
  inherited: inheritedVariables("linux"),
};

/** The sections of a page by their headings. */
const sections = new Map(
  page.split(/^## /m).map((section): [string, string] => [section.split("\n", 1)[0], section]),
);

/** The entries that a text shows, as they stand in files. */
const entries = (text: string) =>
  [...text.matchAll(/^```(?:json|toml|yaml)\n([^]*?)^```/gm)].map(([, shown]) => shown);

Deno.test("docs/clients.md has a section for every client that setup knows, and for any other", () => {
  assert.deepEqual(
    [...sections.keys()].slice(5),
    [...clients.map(({ title }) => title), "Any other"],
  );
});

/** A platform, and what its people call their home in a path. */
const platforms = [
  { os: "linux", home: "/home/ada", called: "~" },
  { os: "darwin", home: "/Users/ada", called: "~" },
  { os: "windows", home: "C:\\Users\\ada", called: "%USERPROFILE%" },
] as const;

for (const client of clients) {
  const section = sections.get(client.title) ?? "";

  Deno.test(`docs/clients.md shows for ${client.title} what setup writes, and what to do then`, async () => {
    assert.deepEqual(entries(section), [await client.add(undefined, entry)]);
    assert.ok(section.includes(`setup --client ${client.id} --inline\``), client.id);
    const words = (text: string) => text.replaceAll("`", "").replaceAll(/:?\s+/g, " ");
    assert.ok(words(section).includes(`Then ${words(client.afterwards)}.`), client.afterwards);
  });

  Deno.test(`docs/clients.md says where ${client.title} keeps its configuration`, () => {
    const [row, waits] = page.split("\n").filter((line) => line.startsWith(`| \`${client.id}\` `))
      .map((line) => line.split("|").slice(2).map((cell) => cell.trim()));
    const [linux, ...others] = row.slice(0, 3);
    assert.equal(row[3], client.project ? `\`${client.project.join("/")}\`` : "");
    assert.equal(waits[0], client.slowStart ?? "its documentation does not say");
    const told = [linux, ...others.map((cell) => cell === "the same" ? linux : cell)];
    const real = platforms.map(({ os, home, called }) => {
      const path = client.location(machine(os, home))
        .replace(`${home}\\AppData\\Roaming`, "%APPDATA%").replace(home, called);
      return client.inCurrentDirectory
        ? `\`${path.replace(/^.*[/\\]/, "")}\` in the current directory`
        : `\`${path}\``;
    });
    assert.deepEqual(told, real);
  });
}

Deno.test("the README shows one entry, the one that setup writes for Claude Desktop", async () => {
  const [claudeDesktop] = clients;
  assert.deepEqual(entries(readme), [await claudeDesktop.add(undefined, entry)]);
});

function machine(os: string, home: string): SearchableMachine {
  const variables: Record<string, string> = os === "windows"
    ? { USERPROFILE: home, APPDATA: `${home}\\AppData\\Roaming` }
    : { HOME: home };
  return { os, cwd: home, env: (name) => variables[name], namesIn: () => [] };
}
