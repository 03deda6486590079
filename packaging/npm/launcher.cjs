#!/usr/bin/env -S node --
// Starts the executable that came as an optional package for this platform. Plain Node, no dependency.
// Without the two dashes Node looks for flags of its own behind the script, too: it would take our
// --env-file for itself, and end with 9 or obey a NODE_OPTIONS that the file sets.
"use strict";

const { existsSync } = require("node:fs");

const packages = /* PACKAGES */ {};

const platform = `${process.platform}-${process.arch}`;
const wanted = packages[platform];

function fail(what, fix) {
  process.stderr.write(`System error: ${what}. Fix: ${fix}.\n`);
  process.exit(1);
}

function findExecutable() {
  const fromSource =
    'run it from source with Deno: "deno run --unstable-kv --allow-all jsr:@authful/mcp-proxy"';
  if (!wanted) fail(`authful-mcp-proxy has no executable for ${platform}`, fromSource);
  // Without its loader the executable counts as not found, which is no help to anybody.
  if (wanted.loader && !existsSync(wanted.loader)) {
    fail(
      `this Linux has no glibc (${wanted.loader} is missing), which the executable needs`,
      `${fromSource} (musl distributions have a package of Deno)`,
    );
  }
  try {
    return require.resolve(wanted.executable);
  } catch {
    fail(
      `the package ${wanted.name} is not installed beside authful-mcp-proxy`,
      `install again without --omit=optional, or run "npm install ${wanted.name}"`,
    );
  }
}

const executable = findExecutable();
const args = process.argv.slice(2);

if (typeof process.execve === "function" && process.platform !== "win32") {
  // Becomes the executable: one process less, and signals need no forwarding.
  process.emitWarning = () => {};
  process.execve(executable, [executable, ...args], process.env);
}

const { spawn } = require("node:child_process");
const child = spawn(executable, args, { stdio: "inherit", windowsHide: true });
// The client signals this process; the executable decides when to end. A terminal signals both, which
// the executable takes for one signal.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => fail(`cannot start ${executable} (${error.message})`, "reinstall it"));
child.on("exit", (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exit(code ?? 1);
  }
});
