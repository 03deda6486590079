/**
 * Stands where the desktop's opener would: an executable named as the system's (`xdg-open`, `open`)
 * in a directory to be put first on PATH, so that the program's own opener code really runs.
 *
 * @module
 */
import { basename, join } from "node:path";
import { within } from "./within.ts";

/** What the opener does when it is called. */
export type OpenerBehaviour = "works" | "fails" | "hangs";

/** A desktop without a desktop. */
export interface BrowserStub extends AsyncDisposable {
  /** The directory to put first on PATH. */
  readonly directory: string;
  /** How often the program has opened something. */
  count(): number;
  /** The next URL that the program opened and nobody has taken yet; waits for it, `patience` ms at most. */
  opened(patience?: number): Promise<URL>;
}

/** Makes a {@linkcode BrowserStub}; on Windows there is none, for nothing on PATH opens URLs there. */
export async function createBrowserStub(
  behaviour: OpenerBehaviour = "works",
): Promise<BrowserStub> {
  const directory = await Deno.makeTempDir({ prefix: "authful-browser-" });
  const inbox = join(directory, "opened");
  await Deno.mkdir(inbox);
  const ending = { works: "", fails: "exit 3", hangs: "exec sleep 60" }[behaviour];
  // Written under another name first, so that the watcher never reads half of a URL.
  const script = `#!/bin/sh
printf '%s' "$1" > "${inbox}/$$.part" && mv "${inbox}/$$.part" "${inbox}/$$.url"
${ending}
`;
  for (const name of ["xdg-open", "open"]) {
    await Deno.writeTextFile(join(directory, name), script, { mode: 0o755 });
  }

  const watcher = Deno.watchFs(inbox);
  const urls: URL[] = [];
  const waiting: ((url: URL) => void)[] = [];
  const pids: number[] = [];
  let count = 0;
  const watching = (async () => {
    const seen = new Set<string>();
    for await (const event of watcher) {
      for (const path of event.paths) {
        if (!path.endsWith(".url") || seen.has(path)) continue;
        const text = await Deno.readTextFile(path).catch(() => undefined);
        if (text === undefined) continue;
        seen.add(path);
        pids.push(Number(basename(path, ".url")));
        count++;
        const url = new URL(text);
        const next = waiting.shift();
        if (next) next(url);
        else urls.push(url);
      }
    }
  })();

  return {
    directory,
    count: () => count,
    async opened(patience) {
      const url = urls.shift();
      if (url) return url;
      const next = Promise.withResolvers<URL>();
      waiting.push(next.resolve);
      try {
        return await within(next.promise, { what: "the program opening the browser", patience });
      } catch (error) {
        // The next URL is for whoever still waits.
        waiting.splice(waiting.indexOf(next.resolve), 1);
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      watcher.close();
      await watching;
      if (behaviour === "hangs") pids.forEach(endIfAlive);
      await Deno.remove(directory, { recursive: true });
    },
  };
}

function endIfAlive(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
