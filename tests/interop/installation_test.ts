import { equal, notEqual, rejects } from "node:assert/strict";
import type { Counterpart } from "./counterpart.ts";
import { installCounterpart } from "./installation.ts";

Deno.test("a counterpart is installed once for what it is made of, and again after a failure", async () => {
  const cache = await Deno.makeTempDir({ prefix: "authful-interop-test-" });
  try {
    const file = new URL(`file://${cache}/pinned.txt`);
    await Deno.writeTextFile(file, "version 1");
    let installations = 0;
    let broken = true;
    const counterpart: Counterpart = {
      name: "fake",
      title: "fake",
      versions: {},
      toolchains: [],
      files: [file],
      async install(directory) {
        installations++;
        await Deno.writeTextFile(`${directory}/half`, "");
        if (broken) throw new Error("cut off");
        equal((await Array.fromAsync(Deno.readDir(directory))).length, 1, "what was left is gone");
      },
    };
    const install = () =>
      installCounterpart(counterpart, { cache, signal: new AbortController().signal });
    await rejects(install, /cut off/);
    broken = false;
    const first = await install();
    equal(await install(), first);
    equal(installations, 2);
    await Deno.writeTextFile(file, "version 2");
    notEqual(await install(), first);
    equal(installations, 3);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("a toolchain that is not there is named", async () => {
  const counterpart: Counterpart = {
    name: "fake",
    title: "fake",
    versions: {},
    toolchains: ["python", "cargo"],
    files: [],
    install: () => Promise.reject(new Error("nothing is installed without its toolchain")),
  };
  const find = (toolchain: string) => Promise.resolve(toolchain === "python" ? "3.12" : undefined);
  await rejects(
    installCounterpart(counterpart, { find, signal: new AbortController().signal }),
    /no cargo on this machine/,
  );
});
