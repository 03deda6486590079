import { describe, ProxyError } from "./errors.ts";

/** What {@linkcode openBrowser} may be told. */
export interface OpenBrowserOptions {
  /** The operating system, as `Deno.build.os` names it. */
  os?: string;
  /** Ends the wait for the opener; the opener itself is left alone. */
  signal?: AbortSignal;
}

/**
 * Opens an http(s) URL in the person's browser: with an argument list, never through a shell, and
 * with nothing of this program's stdin, stdout and stderr, which belong to the client.
 *
 * @throws {ProxyError} `browser_failed` when there is no opener or it fails: print the URL then.
 *
 * @example
 * ```ts
 * await openBrowser(new URL("https://auth.example/authorize?client_id=abc"));
 * ```
 */
export async function openBrowser(url: URL, options: OpenBrowserOptions = {}): Promise<void> {
  const { os = Deno.build.os } = options;
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw failed(`refused to open a ${url.protocol} URL`);
  }
  const [command, ...args] = openerFor(os, url);
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "null" })
      .spawn();
  } catch (error) {
    throw failed(`cannot start ${command} (${describe(error)})`, error);
  }
  const { code } = await child.status;
  if (code !== 0) throw failed(`${command} ended with exit code ${code}`);
}

function openerFor(os: string, url: URL): [command: string, ...args: string[]] {
  if (os === "darwin") return ["open", url.href];
  if (os === "windows") return ["rundll32", "url.dll,FileProtocolHandler", url.href];
  return ["xdg-open", url.href];
}

function failed(what: string, cause?: unknown): ProxyError {
  return new ProxyError({
    category: "System error",
    what: `the browser was not opened: ${what}`,
    todo: "open the printed URL yourself",
    reason: "browser_failed",
    cause,
  });
}
