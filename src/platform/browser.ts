import { replacedProxyVariables } from "../net/proxy.ts";
import { describe, ProxyError } from "../base/errors.ts";
import { redact } from "../base/redactor.ts";

/** What {@linkcode openBrowser} may be told. */
export interface OpenBrowserOptions {
  /**
   * The command that opens URLs instead of the system's own: words, with quotes around those that
   * have spaces; `%s` is where the URL goes, else it is appended.
   */
  command?: string;
  /** The operating system, as `Deno.build.os` names it. */
  os?: string;
  /** How long an opener is watched, in milliseconds; one that still runs then has not failed. */
  watch?: number;
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
  const { command, os = Deno.build.os, watch = 5_000 } = options;
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw failed(`${url.protocol} URLs are never opened`);
  }
  if (command !== undefined) {
    return await run(openerArguments(command, url), { os, watch });
  }
  if (os === "linux" && await isWsl()) return await openFromWsl(url, { os, watch });
  await run(systemOpener(os, url), { os, watch });
}

/**
 * The argument list that a command as people write it (`BROWSER`, `--browser`) means for a URL.
 *
 * @throws {ProxyError} `browser_failed` when the command is empty or a quote is not closed.
 *
 * @example
 * ```ts
 * openerArguments("firefox --new-window %s", new URL("https://auth.example/"));
 * // ["firefox", "--new-window", "https://auth.example/"]
 * ```
 */
export function openerArguments(command: string, url: URL): [string, ...string[]] {
  const words: string[] = [];
  // A word is any run of quoted and unquoted stretches; backslashes are kept for Windows paths.
  for (const [word] of command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+|["']/g)) {
    if (word === '"' || word === "'") {
      throw failed(`the command ${JSON.stringify(command)} has an open quote`);
    }
    words.push(word.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
  }
  const [program, ...args] = words;
  if (program === undefined) throw failed("the command to open it with is empty");
  // A function, since `$&` in a URL would mean something to replaceAll.
  const filled = args.map((word) => word.replaceAll("%s", () => url.href));
  return [program, ...filled, ...args.some((word) => word.includes("%s")) ? [] : [url.href]];
}

/** Whether this is Linux under Windows, where the browser is that of Windows. */
export async function isWsl(
  env: (name: string) => string | undefined = Deno.env.get,
): Promise<boolean> {
  // Clients often hand only a few variables on, so the directory of WSL's own sockets counts too.
  return Boolean(env("WSL_DISTRO_NAME")) ||
    await Deno.stat("/run/WSL").then(() => true, () => false);
}

async function openFromWsl(url: URL, how: RunOptions): Promise<void> {
  const ways: [string, ...string[]][] = [
    ["wslview", url.href],
    // Not `cmd.exe /c start`: that is a shell, and `&` in the URL would begin a second command.
    ["rundll32.exe", "url.dll,FileProtocolHandler", url.href],
    ["/mnt/c/Windows/System32/rundll32.exe", "url.dll,FileProtocolHandler", url.href],
    ["xdg-open", url.href],
  ];
  let first: unknown;
  for (const way of ways) {
    try {
      return await run(way, how);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

/** The command that opens a URL in the browser of this person, on an operating system. */
export function systemOpener(os: string, url: URL): [string, ...string[]] {
  if (os === "darwin") return ["open", url.href];
  if (os === "windows") return ["rundll32", "url.dll,FileProtocolHandler", url.href];
  return ["xdg-open", url.href];
}

interface RunOptions {
  os: string;
  watch: number;
}

async function run(argv: [string, ...string[]], { os, watch }: RunOptions): Promise<void> {
  const [command, ...args] = argv;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      ...environment(),
      // A browser that the opener becomes must outlive this program and not get its Ctrl+C.
      detached: os !== "windows",
    }).spawn();
  } catch (error) {
    throw failed(`cannot start ${command} (${describe(error)})`, error);
  }
  child.unref();
  const longEnough = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => longEnough.resolve(undefined), watch);
  try {
    const status = await Promise.race([child.status, longEnough.promise]);
    if (status && !status.success) {
      throw failed(`${command} ended with ${status.signal ?? `exit code ${status.code}`}`);
    }
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The environment without the variables that hold a secret of this program's: a browser lives for days
 * and hands its environment on to whatever it starts. Those of proxies stay, for it may need them.
 */
function environment(): Pick<Deno.CommandOptions, "clearEnv" | "env"> {
  const all = Object.entries(Deno.env.toObject());
  const harmless = all.filter(([name, value]) => /_proxy$/i.test(name) || redact(value) === value);
  const replaced = replacedProxyVariables();
  // Cleared only where it has to be: values that are no text can be inherited and not be handed on.
  return harmless.length === all.length
    ? { env: replaced }
    : { clearEnv: true, env: { ...Object.fromEntries(harmless), ...replaced } };
}

function failed(what: string, cause?: unknown): ProxyError {
  return new ProxyError({
    category: "System error",
    what: `the browser was not opened: ${what}`,
    fix: "open the printed URL yourself",
    reason: "browser_failed",
    cause,
  });
}
