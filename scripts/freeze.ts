/**
 * Freezes what this version leaves on people's machines, so that every later one is tested with it:
 * `deno task freeze [--out DIRECTORY]`.
 *
 * It writes a store of each encryption (`file`, `none`, `keychain`), a configuration file with every
 * option, and the program itself as one file. What each must open to is said in a JSON file beside
 * it. The directory is `tests/fixtures/store/VERSION` unless told otherwise, and must not be there.
 *
 * The keychain is one of its own: `dbus-run-session` and `gnome-keyring-daemon` make it.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { version } from "../src/base/version.ts";
import { run } from "./build/run.ts";
import { runScript } from "./build/run_script.ts";
import { writeConfig } from "./freeze/write_config.ts";
import { writeProgram } from "./freeze/write_program.ts";
import { root } from "./root.ts";
import { scriptArguments } from "./script_arguments.ts";

if (import.meta.main) {
  const { flags } = scriptArguments({
    usage: "deno task freeze [--out DIRECTORY]",
    options: { out: { type: "string" } },
  });
  await runScript(async () => {
    const directory = flags.out ?? join(root, "tests", "fixtures", "store", version);
    if (await Deno.lstat(directory).then(() => true, () => false)) {
      throw new Error(
        `Cannot freeze ${version}: ${directory} is there already, and what is frozen stays as it is`,
      );
    }
    const source = ["main.ts", "src", "deno.json", "deno.lock"];
    if (await run(["git", "status", "--porcelain", "--", ...source], { cwd: root })) {
      throw new Error(
        `Cannot freeze ${version}: commit what changed in ${source.join(", ")} first`,
      );
    }
    await mkdir(directory, { recursive: true });
    const commit = (await run(["git", "rev-parse", "HEAD"], { cwd: root })).trim();
    await writeConfig(directory);
    await writeProgram(root, directory);
    for (const encryption of ["file", "none", "keychain"]) {
      const to = join(directory, encryption);
      await run(await storeCommand(to, encryption), { cwd: root });
    }
    await Deno.writeTextFile(
      join(directory, "frozen.json"),
      `${JSON.stringify({ version, commit }, null, 2)}\n`,
    );
    console.log(directory);
  });
}

/** Writes one store, with `keychain` in a session with a keychain of its own. */
async function storeCommand(to: string, encryption: string): Promise<[string, ...string[]]> {
  const script = join(root, "scripts", "freeze", "write_store.ts");
  const write: [string, ...string[]] = [Deno.execPath(), "run", "-A", script, to, encryption];
  if (encryption !== "keychain") return write;
  const home = await Deno.makeTempDir({ prefix: "authful-freeze-" });
  await mkdir(join(home, ".local", "share"), { recursive: true });
  await mkdir(join(home, ".cache"), { recursive: true });
  const { denoDir } = JSON.parse(await run([Deno.execPath(), "info", "--json"]));
  const unlock =
    "printf secret | gnome-keyring-daemon --unlock --components=secrets > /dev/null && " +
    '"$@"; code=$?; rm -rf "$HOME"; exit $code';
  return [
    "env",
    `HOME=${home}`,
    `XDG_RUNTIME_DIR=${home}`,
    `DENO_DIR=${denoDir}`,
    ...["dbus-run-session", "--", "sh", "-c", unlock, "sh"],
    ...write,
  ];
}
