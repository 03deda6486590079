import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path";
import { repository } from "../support/paths.ts";

/** The documents that people read, with their paths from the top of the repository. */
async function documents(): Promise<Map<string, string>> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
    cwd: repository,
  }).output();
  const paths = new TextDecoder().decode(stdout).split("\n").filter((path) => path !== "");
  return new Map(
    await Promise.all(paths.map(async (path): Promise<[string, string]> => [
      path,
      await Deno.readTextFile(join(repository, path)),
    ])),
  );
}

/** What a link can point to in a document: its headings, as GitHub names them. */
function anchors(text: string): Set<string> {
  const headings = text.replaceAll(/^```[^]*?^```/gm, "").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
    ),
  );
}

Deno.test("every link between documents leads somewhere", async () => {
  const texts = await documents();
  const broken: string[] = [];
  for (const [path, text] of texts) {
    const prose = text.replaceAll(/^```[^]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file, anchor] = target.split("#");
      const where = file === "" ? path : normalize(join(dirname(path), file));
      const exists = await Deno.stat(join(repository, where)).then(() => true, () => false);
      const known = anchor === undefined || anchors(texts.get(where) ?? "").has(anchor);
      if (!exists || !known) broken.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("docs/README.md lists every page", async () => {
  const texts = await documents();
  const index = texts.get("docs/README.md") ?? "";
  const pages = [...texts.keys()].filter((path) => /^docs\/[^/]+\.md$/.test(path));
  const missing = pages.map((path) => path.slice("docs/".length))
    .filter((page) => page !== "README.md" && !index.includes(`](${page})`));
  assert.deepEqual(missing, [], "docs/README.md does not list these pages");
});
