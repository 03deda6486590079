import { ProxyError } from "../../base/errors.ts";
import { readTextFile } from "../../base/read_file.ts";
import type { ResolveOptions } from "../commands/command.ts";
import { type SearchableMachine, thisMachine } from "../../platform/paths.ts";
import type { ResolvedSettings, SettingInputs } from "../../settings/resolve_settings.ts";
import { ask } from "../terminal/ask.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { describeServer, serverFinder, severalServers } from "./find_server.ts";
import type { KnownServer } from "./known_server.ts";

/** Finds the server that a command is about, with the person's help. */
export interface ServerChooser {
  /** What finds it, for the settings to be resolved with. */
  (unnamed: NonNullable<ResolveOptions["unnamed"]>): SettingInputs["findServer"];
  /** Says once when settings come from a client's file, which is not ours. */
  tell(resolved: ResolvedSettings): void;
}

/** For one command, which may resolve its settings several times: what was chosen holds. */
export function serverChooser(
  terminal: Terminal,
  machine?: SearchableMachine,
): ServerChooser {
  let chosen: KnownServer | undefined;
  let told: string | undefined;

  const choose = async (servers: readonly KnownServer[]): Promise<KnownServer> => {
    if (chosen) return chosen;
    if (!terminal.interactive) throw severalServers(servers);
    return chosen = await askWhich(servers, terminal);
  };

  const finder = (unnamed: NonNullable<ResolveOptions["unnamed"]>) => {
    const find = serverFinder({
      machine: machine ?? thisMachine(),
      readTextFile: readIfAllowed,
      choose: unnamed === "ask" ? choose : () => Promise.resolve(undefined),
    });
    const findNamed: SettingInputs["findServer"] = async (wanted) =>
      wanted.text === "" ? undefined : await find(wanted);
    return unnamed === "none" ? findNamed : find;
  };
  return Object.assign(finder, {
    tell({ server, settings }: ResolvedSettings) {
      if (server?.origin !== "client" || settings.silent || told === server.path) return;
      told = server.path;
      const { err } = terminal;
      err.line(
        err.paint.dim(`The settings are those of ${JSON.stringify(server.name)} in ${server.path}`),
      );
    },
  });
}

async function askWhich(
  servers: readonly KnownServer[],
  { err }: Terminal,
): Promise<KnownServer> {
  err.line(err.paint.bold("Which server do you mean?"));
  for (const [i, server] of servers.entries()) {
    err.line(`  ${String(i + 1).padStart(2)}  ${describeServer(server)}`);
  }
  const named = (answer: string) =>
    servers[Number(answer) - 1] ?? servers.find(({ name }) => name === answer);
  const answer = await ask(err, "Number or name:", {
    check: (answer) => named(answer) ? undefined : `there is no ${JSON.stringify(answer)}`,
  });
  if (answer === undefined) {
    throw new ProxyError({
      category: "Configuration error",
      what: "the input ended before a server was chosen",
      fix: "run it again, or name the server",
      reason: "input_ended",
    });
  }
  return named(answer)!;
}

/** Reading without the permission would make Deno ask the person. */
async function readIfAllowed(path: string): Promise<string> {
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state !== "granted") throw new Deno.errors.NotCapable(path);
  return await readTextFile(path, { pipes: false });
}
