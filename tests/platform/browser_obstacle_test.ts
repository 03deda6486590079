import assert from "node:assert/strict";
import { browserObstacle } from "../../src/platform/browser_obstacle.ts";

const cases: {
  name: string;
  os: string;
  env?: Record<string, string>;
  command?: string;
  files?: string[];
  expected: RegExp | undefined;
}[] = [
  { name: "macOS", os: "darwin", expected: undefined },
  { name: "Windows", os: "windows", expected: undefined },
  {
    name: "macOS over SSH",
    os: "darwin",
    env: { SSH_CONNECTION: "1 2 3 4" },
    expected: /SSH session/,
  },
  {
    name: "Linux over SSH",
    os: "linux",
    env: { SSH_TTY: "/dev/pts/1" },
    expected: /SSH session without a display/,
  },
  {
    name: "Docker",
    os: "linux",
    files: ["/.dockerenv"],
    expected: /container without a display/,
  },
  {
    name: "Podman",
    os: "linux",
    files: ["/run/.containerenv"],
    expected: /container without a display/,
  },
  { name: "systemd-nspawn", os: "linux", env: { container: "lxc" }, expected: /container/ },
  { name: "WSL", os: "linux", env: { WSL_DISTRO_NAME: "Debian" }, expected: undefined },
  {
    name: "a display without opener",
    os: "linux",
    env: { DISPLAY: ":0", PATH: "/nowhere" },
    expected: /xdg-open is not installed/,
  },
  {
    name: "a command of one's own in a dev container",
    os: "linux",
    command: "/vscode/helpers/browser.sh",
    files: ["/.dockerenv"],
    expected: undefined,
  },
];

for (const { name, os, env = {}, command, files = [], expected } of cases) {
  Deno.test(`browserObstacle: ${name}`, async () => {
    const reason = await browserObstacle({
      os,
      command,
      env: (key) => env[key],
      exists: (path) => Promise.resolve(files.includes(path)),
    });
    if (expected === undefined) assert.equal(reason, undefined);
    else assert.match(reason ?? "", expected);
  });
}
