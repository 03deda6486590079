import { join } from "node:path";
import { repository } from "../support/paths.ts";
import { judgeMutant } from "./judge_mutant.ts";
import { copyRepository } from "./repository_copy.ts";
import { securityChecks } from "./security_checks.ts";

/** Breaks each security check, and says whether the test that should notice it does, each time. */
export async function judgeSecurityChecks(
  { jobs, words }: { jobs: number; words: readonly string[] },
): Promise<boolean> {
  const checks = securityChecks.filter(({ file, check }) =>
    words.length === 0 || words.some((word) => file.startsWith(word) || check.includes(word))
  );
  const left = [...checks];
  const unproven: string[] = [];
  const work = async () => {
    await using copy = await copyRepository();
    for (let check = left.shift(); check; check = left.shift()) {
      const code = await Deno.readTextFile(join(repository, check.file));
      const start = code.indexOf(check.find);
      if (start === -1 || code.includes(check.find, start + 1)) {
        throw new Error(`${check.file} does not have once what is to be broken: ${check.check}`);
      }
      const { verdict, by, took } = await judgeMutant(
        { file: check.file, start, end: start + check.find.length, replacement: check.replace },
        { candidates: [{ file: check.test[0], seconds: 10 }], effort: 10, copy },
      );
      const named = check.test.join(": ");
      if (verdict !== "killed") unproven.push(`${named} does not notice: ${check.check}`);
      else if (by !== named) unproven.push(`${by} notices it, not ${named}: ${check.check}`);
      console.log(`${verdict} ${check.file}: ${check.check} (${took.toFixed(0)} s)`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  console.log(
    `\n${checks.length - unproven.length} of ${checks.length} security checks are proven`,
  );
  for (const line of unproven) console.log(line);
  return unproven.length === 0;
}
