import { join } from "node:path";
import { project } from "../package/project.ts";
import { layout } from "../release/artifacts.ts";
import { pushFiles } from "./git_branch.ts";
import { type ReleaseParts, secret } from "./release_parts.ts";

/** The repository that `brew install authful/tap/…` reads. */
const tap = "https://github.com/authful/homebrew-tap";

/** Puts the formula of this release into the tap. */
export async function publishHomebrew(parts: ReleaseParts, repository = tap): Promise<void> {
  secret(parts, "GH_TOKEN");
  await parts.run(["gh", "auth", "setup-git"]);
  const file = `${project.name}.rb`;
  const formula = await Deno.readTextFile(join(parts.dist, layout.homebrew, file));
  const pushed = await pushFiles({
    from: repository,
    message: `${project.name} ${project.version}`,
    files: { [`Formula/${file}`]: formula },
  }, parts);
  console.log(pushed ? `The tap has ${project.version} now.` : "The tap has this formula already.");
}
