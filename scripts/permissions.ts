/**
 * Writes the permissions that the program needs into `deno.json` (for `deno run -P`) and into
 * `docs/installation.md`: `deno task docs`.
 */
import { join } from "node:path";
import {
  type NeededPermission,
  neededPermissions,
  permissionFlags,
  usualPermissions,
} from "../src/platform/permissions.ts";

/** The text of `deno.json` with these permissions as the default set. */
export function withPermissionSet(
  denoJson: string,
  permissions: readonly NeededPermission[] = usualPermissions,
): string {
  const configuration = JSON.parse(denoJson);
  configuration.permissions = {
    default: Object.fromEntries(permissions.map(({ name, values }) => [name, values ?? true])),
  };
  return `${JSON.stringify(configuration, null, 2)}\n`;
}

/** The text of a page with the list of permissions between its two markers. */
export function withPermissionList(
  markdown: string,
  permissions: readonly NeededPermission[] = neededPermissions,
): string {
  const begin = "<!-- permissions: written by `deno task docs` -->";
  const end = "<!-- /permissions -->";
  const from = markdown.indexOf(begin);
  const to = markdown.indexOf(end);
  if (from < 0 || to < from) throw new Error(`Cannot find ${begin} … ${end} in the page`);
  const flags = permissionFlags(permissions.filter((each) => usualPermissions.includes(each))).map((
    flag,
  ) => `  ${flag} \\`).join("\n");
  const rows = permissions.map(({ name, neededBy, reason }) =>
    `| \`--allow-${name}\` | ${neededBy} | ${reason} |`
  );
  return `${markdown.slice(0, from)}${begin}

\`\`\`sh
deno run --unstable-kv \\
${flags}
  jsr:@authful/mcp-proxy https://mcp-backend.company.com/mcp
\`\`\`

| permission | needed by | reason |
| --- | --- | --- |
${rows.join("\n")}

${markdown.slice(to)}`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname!, "..");
  for (
    const [file, change] of [
      ["deno.json", withPermissionSet],
      ["docs/installation.md", withPermissionList],
    ] as const
  ) {
    const path = join(root, file);
    await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
  }
}
