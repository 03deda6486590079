import assert from "node:assert/strict";
import { listenForStopSignals, StopRequest, stopSignals } from "../../src/platform/stop_signals.ts";
import { within } from "../support/within.ts";

const posixOnly = { ignore: Deno.build.os === "windows" };

/** Sends this process a signal, and waits until it has arrived. */
async function send(signal: Deno.Signal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener(signal, resolve);
  Deno.kill(Deno.pid, signal);
  try {
    await within(promise, { what: `${signal} to arrive` });
  } finally {
    Deno.removeSignalListener(signal, resolve);
  }
}

for (const [signal, exitCode] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test({
    name: `${signal} asks the program to stop, with the exit code ${exitCode}`,
    ...posixOnly,
    async fn() {
      using listening = listenForStopSignals();
      assert.equal(listening.signal.aborted, false);
      await send(signal);
      const { reason } = listening.signal;
      assert.ok(reason instanceof StopRequest);
      assert.deepEqual(
        { name: reason.name, message: reason.message, exitCode: reason.exitCode },
        { name: "AbortError", message: "The program was told to stop", exitCode },
      );
    },
  });
}

Deno.test({
  name: "a signal that comes again within half a second is the same one, later it ends the program",
  ...posixOnly,
  async fn() {
    const { exit } = Deno;
    const { now } = performance;
    let time = 1_000;
    const ended: (number | undefined)[] = [];
    performance.now = () => time;
    Deno.exit = ((code) => void ended.push(code)) as typeof Deno.exit;
    try {
      using listening = listenForStopSignals();
      await send("SIGHUP");
      const { reason } = listening.signal;
      time = 1_500;
      await send("SIGTERM");
      assert.deepEqual(ended, []);
      time = 1_501;
      await send("SIGTERM");
      assert.deepEqual(ended, [143]);
      assert.equal(listening.signal.reason, reason);
    } finally {
      Deno.exit = exit;
      performance.now = now;
    }
  },
});

Deno.test({
  name: "a signal is given back when it is listened to no more",
  ...posixOnly,
  async fn() {
    const listening = listenForStopSignals();
    listening[Symbol.dispose]();
    for (const signal of ["SIGTERM", "SIGHUP"] as const) await send(signal);
    assert.equal(listening.signal.aborted, false);
  },
});

Deno.test({
  name: "Ctrl-C asks the program to stop with the exit code 130, and is given back, too",
  ...posixOnly,
  fn() {
    // What runs the tests listens to the real one.
    const { addSignalListener, removeSignalListener } = Deno;
    const listeners = new Map<Deno.Signal, () => void>();
    Deno.addSignalListener = (name, listener) => void listeners.set(name, listener);
    Deno.removeSignalListener = (name, listener) => {
      if (listeners.get(name) === listener) listeners.delete(name);
    };
    try {
      const listening = listenForStopSignals();
      assert.deepEqual([...listeners.keys()], ["SIGINT", "SIGTERM", "SIGHUP"]);
      listeners.get("SIGINT")!();
      assert.equal(listening.signal.reason.exitCode, 130);
      listening[Symbol.dispose]();
      assert.equal(listeners.size, 0);
    } finally {
      Object.assign(Deno, { addSignalListener, removeSignalListener });
    }
  },
});

Deno.test("each system has its signals, with their numbers", () => {
  for (const os of ["linux", "darwin"]) {
    assert.deepEqual(stopSignals(os), [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]]);
  }
  assert.deepEqual(stopSignals("windows"), [["SIGINT", 2], ["SIGBREAK", 21]]);
});
