import { equal, match, rejects } from "node:assert/strict";
import { within } from "../support/within.ts";
import { runCommand, startProcess } from "./running_process.ts";

const ignore = Deno.build.os === "windows";
const sh = (script: string) => ({ command: "/bin/sh", args: ["-c", script] });

/** Whether a process is there; one that has ended and that nobody has asked about does not count. */
async function isRunning(pid: number): Promise<boolean> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] })
    .output();
  const state = new TextDecoder().decode(stdout).trim();
  return state !== "" && !state.startsWith("Z");
}

Deno.test({
  name: "what a counterpart has started ends with it",
  ignore,
  async fn() {
    const running = await startProcess({
      ...sh("sleep 600 & echo child $!; echo ready; wait"),
      ready: /ready/,
    });
    const [, child] = /child (\d+)/.exec(running.output())!;
    equal(await isRunning(Number(child)), true);
    await running.kill();
    equal(await isRunning(Number(child)), false);
  },
});

Deno.test({
  name: "a group ends when whoever started it is killed",
  ignore,
  async fn() {
    const script = `
      import { startProcess } from ${JSON.stringify(import.meta.resolve("./running_process.ts"))};
      const running = await startProcess({ command: "/bin/sh", args: ["-c", "exec sleep 600"] });
      console.log(running.pid);
      await running.ended;`;
    const harness = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", script],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const { value } = await harness.stdout.pipeThrough(new TextDecoderStream())[
      Symbol.asyncIterator
    ]().next();
    const pid = Number(value);
    equal(await isRunning(pid), true);
    harness.kill("SIGKILL");
    await harness.status;
    const gone = (async () => {
      while (await isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
    })();
    await within(gone, { what: "the end of the group", patience: 10_000 });
  },
});

Deno.test({
  name: "a start that fails tells the end of what was written",
  ignore,
  async fn() {
    await rejects(
      startProcess({ ...sh("echo the port is taken >&2; exit 3"), ready: /ready/ }),
      /it has ended.*the port is taken/s,
    );
    await rejects(
      startProcess({ ...sh("echo warming up; sleep 600"), ready: /ready/, patience: 300 }),
      /not within 300 ms.*warming up/s,
    );
  },
});

Deno.test({
  name: "a command that fails tells the end of what it wrote",
  ignore,
  async fn() {
    const { stdout } = await runCommand(sh("echo fine"));
    match(stdout, /^fine$/);
    await rejects(runCommand(sh("echo no such package; exit 1")), /exit code 1:\nno such package/);
  },
});
