import { ProxyError } from "../../base/errors.ts";

/** What Deno KV and one connection need at once; below it Deno KV takes the whole process down. */
const needed = 16;

/**
 * Makes sure that a database can be opened under the limit of open files. There is no other way to ask:
 * what of the limit is left, no system tells.
 *
 * @throws {ProxyError} `too_few_descriptors`, when it is too low
 */
export function requireDescriptors(): void {
  if (Deno.build.os === "windows") return;
  const opened: Deno.FsFile[] = [];
  try {
    while (opened.length < needed) opened.push(Deno.openSync("/dev/null"));
  } catch (cause) {
    // A machine without that device, or the right to it, has nothing to say about the limit.
    if (!isLimit(cause)) return;
    throw new ProxyError({
      category: "System error",
      what: `the limit of open files leaves this process ${opened.length}, and it needs ${needed}`,
      fix: 'raise the limit before the start, such as with "ulimit -n 1024"',
      reason: "too_few_descriptors",
      cause,
    });
  } finally {
    for (const file of opened) file.close();
  }
}

/** EMFILE and ENFILE; Deno has no class for them. */
function isLimit(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "EMFILE" || error.code === "ENFILE");
}
