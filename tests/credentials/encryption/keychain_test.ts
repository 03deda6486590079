import assert from "node:assert/strict";
import { join } from "node:path";
import { hasProgram } from "../../support/has_program.ts";

const programs = ["dbus-run-session", "gnome-keyring-daemon"];
const there = await Promise.all(programs.map(hasProgram));
const missing = programs.filter((_, at) => !there[at]);

/** A test in a session with GNOME Keyring, of a script that ends by saying that all is well. */
function testWithKeychain(name: string, { script, says }: { script: string; says: RegExp }): void {
  Deno.test(missing.length === 0 ? name : `${name} (this machine lacks ${missing.join(" and ")})`, {
    ignore: missing.length > 0,
  }, () => runWithKeychain(script, says));
}

testWithKeychain("the data key is kept in a Secret Service, GNOME Keyring", {
  script: "with_keychain.ts",
  says: /^the keychain does$/m,
});

testWithKeychain("stores of released versions open with GNOME Keyring", {
  script: "../store/with_frozen_keychain.ts",
  says: /^the frozen stores open with the keychain$/m,
});

testWithKeychain("what backends said is sealed with the key in GNOME Keyring", {
  script: "../../memory/with_keychain.ts",
  says: /^the keychain seals what backends said$/m,
});

async function runWithKeychain(file: string, says: RegExp): Promise<void> {
  // A session bus, a keyring and a home of their own: nothing of the person's is touched.
  const home = await Deno.makeTempDir();
  try {
    for (const directory of [".cache", ".local/share"]) {
      await Deno.mkdir(join(home, directory), { recursive: true });
    }
    const script = new URL(file, import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command("dbus-run-session", {
      args: [
        "--",
        "sh",
        "-c",
        'printf secret | gnome-keyring-daemon --unlock --components=secrets > /dev/null && "$@"',
        "sh",
        ...[Deno.execPath(), "run", "-A", "--no-check", "--unstable-kv", script],
      ],
      env: { HOME: home, DENO_DIR: await denoDirectory(), XDG_RUNTIME_DIR: home },
    }).output();
    const [said, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.match(said, says, failed);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
