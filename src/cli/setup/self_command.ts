import { fileURLToPath } from "node:url";

/** How this very program is started by another one. */
export function selfCommand(): { command: string; args: readonly string[] } {
  const command = Deno.execPath();
  if (Deno.build.standalone) return { command, args: [] };
  const main = new URL("../../../main.ts", import.meta.url);
  // Run from the network, it has no path; then its URL is what `deno run` takes.
  const module = main.protocol === "file:" ? fileURLToPath(main) : main.href;
  return { command, args: ["run", "--quiet", "--allow-all", "--unstable-kv", module] };
}
