import { join } from "node:path";
import { repository } from "../support/paths.ts";
import { judgeMutant } from "./judge_mutant.ts";
import { copyRepository } from "./repository_copy.ts";
import { type SecurityCheck, securityChecks } from "./security_checks.ts";

/** Breaks each security check, and says whether all tests that should notice it do. */
export async function judgeSecurityChecks(
  { jobs, words }: { jobs: number; words: readonly string[] },
): Promise<boolean> {
  const checks = securityChecks.filter(({ file, check }) =>
    words.length === 0 || words.some((word) => file.startsWith(word) || check.includes(word))
  );
  const left = [...checks];
  const survived: SecurityCheck[] = [];
  const work = async () => {
    await using copy = await copyRepository();
    for (let check = left.shift(); check; check = left.shift()) {
      const code = await Deno.readTextFile(join(repository, check.file));
      const start = code.indexOf(check.find);
      if (start === -1 || code.includes(check.find, start + 1)) {
        throw new Error(`${check.file} does not have once what is to be broken: ${check.check}`);
      }
      const { verdict, took } = await judgeMutant(
        { file: check.file, start, end: start + check.find.length, replacement: check.replace },
        { candidates: [{ file: check.test[0], seconds: 10 }], effort: 10, copy },
      );
      if (verdict !== "killed") survived.push(check);
      console.log(`${verdict} ${check.file}: ${check.check} (${took.toFixed(0)} s)`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  console.log(
    `\n${checks.length - survived.length} of ${checks.length} security checks are proven`,
  );
  for (const { file, check, test } of survived) {
    console.log(`not noticed by ${test[0]}: ${check} (${file})`);
  }
  return survived.length === 0;
}
