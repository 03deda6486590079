import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { repository } from "../support/paths.ts";

const pages = ["docs/architecture.md", "CONTRIBUTING.md", "bench/NOTEBOOK.md"];

/** What stands in backticks in the prose of a page. */
function named(text: string): string[] {
  const prose = text.replaceAll(/^```[^]*?^```/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name);
}

/** The files of the repository, also those that are not committed yet. */
async function files(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "--cached", "--others", "--exclude-standard"],
    cwd: repository,
  }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((path) => path !== "");
}

for (const page of pages) {
  Deno.test(`${page} names no path of the repository that is not there`, async () => {
    const names = named(await Deno.readTextFile(join(repository, page)));
    const known = await files();
    const exists = (name: string) => {
      const path = name.replace(/\/$/, "");
      return known.some((file) => file === path || file.startsWith(`${path}/`));
    };
    const paths = names.filter((name) =>
      /^(src|tests|scripts|bench|docs|examples|\.ci)\/[\w./-]*$/.test(name)
    );
    const loose = names.filter((name) => /^\w+\.ts$/.test(name));
    assert.deepEqual(
      [
        ...paths.filter((path) => !exists(path)),
        ...loose.filter((name) => !known.some((file) => basename(file) === name)),
      ],
      [],
      `${page} names these, and they are not in the repository`,
    );
    if (page === "docs/architecture.md") assert.ok(paths.length > 15, "it names hardly any path");
  });
}

Deno.test("docs/architecture.md: every module of the walks is a file of src", async () => {
  const text = await Deno.readTextFile(join(repository, "docs/architecture.md"));
  const [, rest] = text.split(/^## Three walks$/m);
  const walks = rest?.split(/^## /m)[0] ?? "";
  const modules = named(walks)
    .filter((name) => /^\w+(\/\w+)+(\.ts)?$/.test(name) || /^[a-z]+(_[a-z]+)+$/.test(name));
  assert.ok(modules.length > 15, "the walks name hardly any module");
  const known = (await files()).filter((file) => file.startsWith("src/"));
  assert.deepEqual(
    modules.filter((name) => {
      const end = `/${name.replace(/\.ts$/, "")}.ts`;
      return !known.some((file) => file.endsWith(end));
    }),
    [],
    "the walks name these, and src does not have them",
  );
});
