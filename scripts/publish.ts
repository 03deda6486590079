/**
 * Publishes what `deno task release` has written, one way at a time:
 * `deno task publish github | npm | jsr | homebrew | winget | image [--dist DIRECTORY]`.
 *
 * Every way can be tried again after a failure; what is published already is left alone.
 */
import { join, resolve } from "node:path";
import { run } from "./build/run.ts";
import { runScript } from "./build/run_script.ts";
import { publishContainerImage } from "./publish/container_image.ts";
import { publishGithubRelease } from "./publish/github_release.ts";
import { publishHomebrew } from "./publish/homebrew_tap.ts";
import { publishJsr } from "./publish/jsr.ts";
import { publishNpm } from "./publish/npm_registry.ts";
import type { ReleaseParts } from "./publish/release_parts.ts";
import { publishWinget } from "./publish/winget_pull_request.ts";
import { root } from "./root.ts";
import { endWithUsage, scriptArguments } from "./script_arguments.ts";

const ways: Record<string, (parts: ReleaseParts) => Promise<void>> = {
  github: publishGithubRelease,
  npm: publishNpm,
  jsr: (parts) => publishJsr(parts, { dryRun: false }),
  homebrew: (parts) => publishHomebrew(parts),
  winget: (parts) => publishWinget(parts),
  image: publishContainerImage,
};

if (import.meta.main) {
  await runScript(async () => {
    const usage = `deno task publish ${Object.keys(ways).join(" | ")} [--dist DIRECTORY]`;
    const { flags, words } = scriptArguments({
      usage,
      words: 1,
      options: { dist: { type: "string", default: join(root, "dist") } },
    });
    const publish = ways[words[0] ?? ""] ?? endWithUsage(usage);
    const dist = resolve(flags.dist);
    await publish({ root, dist, run, getEnv: (name) => Deno.env.get(name) });
  });
}
