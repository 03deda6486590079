import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/cli/arguments/command_line.ts";
import { optionNames, options } from "../../src/settings/options.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import { providerGuide } from "../../src/cli/setup/provider_guides.ts";

const folder = new URL("../../docs/providers/", import.meta.url);

/** What every page has, in this order: whoever knows one page finds their way on all of them. */
const sections = [
  "At the provider",
  "Settings",
  "Staying signed in",
  "Other flows",
  "Registration and logout",
  "What goes wrong",
];

/** What a page may have between them, where the provider has it. */
const more = ["Company sign-on", "Workloads"];

/** Pages that say why something is no provider, and what to do. */
const otherSections: Readonly<Record<string, readonly string[]>> = {
  "github.md": ["Why not", "What to do instead"],
};

const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
  .filter((name) => name.endsWith(".md") && name !== "README.md").sort();

const read = (name: string) => Deno.readTextFile(new URL(name, folder));

/** Flags of the provider's own program. */
const others = ["--hostname"];

/** The entries for the configuration of a client that a page shows. */
function shownEntries(text: string): { args: string[]; env: Record<string, string> }[] {
  return [...text.matchAll(/^```json\n([^]*?)^```/gm)]
    .flatMap(([, json]) => Object.values(JSON.parse(json).mcpServers));
}

for (const name of names) {
  Deno.test(`${name} says when and against what it was checked, and has the sections of all`, async () => {
    const text = await read(name);
    const [, date] = /^# .+\n\nChecked on (\d{4}-\d\d-\d\d) against /.exec(text) ?? [];
    assert.ok(date, 'the page begins with its title and "Checked on YYYY-MM-DD against …"');
    assert.equal(new Date(date).toISOString().slice(0, 10), date);
    const found = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    const wanted = otherSections[name] ?? sections.flatMap((section) => [
      section,
      ...section === "Other flows" ? more.filter((other) => found.includes(other)) : [],
    ]);
    assert.deepEqual(found, wanted);
  });

  Deno.test(`${name} names no flag that does not exist`, async () => {
    const known = new Set<string>([
      ...others,
      ...optionNames.map((option) => options[option].flag),
    ]);
    const named = (await read(name)).match(/(?<=[\s`"(])--[a-z][a-z-]+/g) ?? [];
    assert.deepEqual(named.filter((flag) => !known.has(flag)), []);
  });

  Deno.test(`${name} shows an entry that the program takes, for the provider of that page`, async () => {
    const entries = shownEntries(await read(name));
    assert.notEqual(entries.length, 0, "an entry of mcpServers, in JSON");
    for (const { args, env } of entries) {
      const { settings } = await resolveSettings({
        flags: flagsOf(args),
        getEnv: (variable) => env[variable],
        readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
      });
      assert.ok(settings.backendUrl && settings.oidcIssuerUrl && settings.oidcClientId);
      const guide = providerGuide(settings.oidcIssuerUrl);
      if (guide) assert.equal(`${guide.page}.md`, name);
    }
  });
}

function flagsOf(args: string[]) {
  const invocation = parseCommandLine(args, { version: "0.0.0" });
  assert.equal(invocation.kind, "bridge");
  return invocation.kind === "bridge" ? invocation.flags : {};
}

Deno.test("the list of providers has every page and no other", async () => {
  const links = [...(await read("README.md")).matchAll(/\]\(([\w-]+\.md)\)/g)];
  assert.deepEqual([...new Set(links.map(([, page]) => page))].sort(), names);
});
