/**
 * Says which generated documents are not as they would be generated now: `deno task check`.
 *
 * @module
 */
import { extname, join } from "node:path";
import { modulePicture, withPicture } from "./architecture.ts";
import { withPermissionList, withPermissionSet } from "./permissions.ts";
import { generated } from "./reference.ts";
import { withSecurityChecks } from "./security_checks.ts";
import { terminalPicture, terminalPicturePath } from "./terminal_picture.ts";

/** The paths of the generated documents that `deno task docs` would change. */
export async function staleDocuments(root: string): Promise<string[]> {
  const picture = await modulePicture(join(root, "src"));
  const terminal = await terminalPicture(root);
  const writers: readonly (readonly [path: string, write: (text: string) => string])[] = [
    ...Object.entries(generated),
    ["deno.json", (text) => withPermissionSet(text)],
    ["docs/installation.md", (text) => withPermissionList(text)],
    ["docs/architecture.md", (text) => withPicture(text, picture)],
    ["docs/security.md", (text) => withSecurityChecks(text)],
    [terminalPicturePath, () => terminal],
  ];
  const stale: string[] = [];
  for (const [path, write] of writers) {
    const text = await Deno.readTextFile(join(root, path));
    const plain = plainForms[extname(path)];
    if (plain(write(text)) !== plain(text)) stale.push(path);
  }
  return stale;
}

/** What is compared, by the extension of the file. */
const plainForms: Readonly<Record<string, (text: string) => string>> = {
  ".json": plainJson,
  ".md": plainMarkdown,
  ".svg": (text) => text,
};

function plainJson(text: string): string {
  return JSON.stringify(JSON.parse(text));
}

/** The formatter pads table cells and breaks short lists; what they say is compared. */
function plainMarkdown(text: string): string {
  return text.replace(/ *\| */g, "|").replace(/\|-+/g, "|---");
}

if (import.meta.main) {
  const stale = await staleDocuments(join(import.meta.dirname!, ".."));
  for (const path of stale) console.error(`${path} is stale: run deno task docs`);
  Deno.exit(stale.length > 0 ? 1 : 0);
}
