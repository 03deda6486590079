import assert from "node:assert/strict";
import { join } from "node:path";
import { browserObstacle } from "../../src/platform/browser_obstacle.ts";
import { builtAs } from "../support/built_as.ts";

const ssh = "this is an SSH session";
const sshWithoutDisplay = "this is an SSH session without a display";
const container = "this is a container without a display";
const noOpener = "xdg-open is not installed";

const cases: {
  name: string;
  os: string;
  env?: Record<string, string>;
  command?: string;
  files?: string[];
  expected: string | undefined;
}[] = [
  { name: "macOS", os: "darwin", expected: undefined },
  { name: "Windows", os: "windows", expected: undefined },
  { name: "macOS over SSH", os: "darwin", env: { SSH_CONNECTION: "1 2 3 4" }, expected: ssh },
  { name: "Windows over SSH", os: "windows", env: { SSH_CLIENT: "1 2 3" }, expected: ssh },
  {
    name: "Windows over SSH, whatever DISPLAY says",
    os: "windows",
    env: { SSH_TTY: "x", DISPLAY: ":0" },
    expected: ssh,
  },
  ...["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"].map((name) => ({
    name: `Linux over SSH, by ${name}`,
    os: "linux",
    env: { [name]: "x" },
    expected: sshWithoutDisplay,
  })),
  {
    name: "a container over SSH",
    os: "linux",
    env: { SSH_TTY: "x" },
    files: ["/.dockerenv"],
    expected: sshWithoutDisplay,
  },
  { name: "Docker", os: "linux", files: ["/.dockerenv"], expected: container },
  { name: "Podman", os: "linux", files: ["/run/.containerenv"], expected: container },
  { name: "systemd-nspawn", os: "linux", env: { container: "lxc" }, expected: container },
  {
    name: "Kubernetes",
    os: "linux",
    env: { KUBERNETES_SERVICE_HOST: "10.0.0.1" },
    expected: container,
  },
  { name: "WSL", os: "linux", env: { WSL_DISTRO_NAME: "Debian" }, expected: undefined },
  {
    name: "what says that it is WSL, and is no Linux",
    os: "freebsd",
    env: { WSL_DISTRO_NAME: "Debian", PATH: "/nowhere" },
    expected: noOpener,
  },
  { name: "Linux without anything", os: "linux", env: { PATH: "/nowhere" }, expected: noOpener },
  ...["DISPLAY", "WAYLAND_DISPLAY"].map((name) => ({
    name: `${name} without opener, in whatever machine`,
    os: "linux",
    env: { [name]: ":0", SSH_TTY: "x", container: "lxc", PATH: "/nowhere" },
    files: ["/.dockerenv"],
    expected: noOpener,
  })),
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
    assert.equal(reason, expected);
  });
}

Deno.test({
  name: "browserObstacle: an opener on PATH, with a display or without one that is known of",
  ignore: Deno.build.os === "windows",
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(join(directory, "xdg-open"), "", { mode: 0o755 });
      for (const display of ["", ":0"]) {
        const reason = await browserObstacle({
          os: "linux",
          env: (name) => ({ PATH: directory, DISPLAY: display })[name],
          exists: () => Promise.resolve(false),
        });
        assert.equal(reason, undefined);
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("browserObstacle: looks for files of containers itself", async () => {
  const { stat } = Deno;
  const env = (name: string) => name === "PATH" ? "/nowhere" : undefined;
  try {
    for (const there of ["/.dockerenv", "/run/.containerenv", undefined]) {
      Deno.stat = (path) =>
        path === there ? stat("/") : Promise.reject(new Deno.errors.NotFound(String(path)));
      const expected = there === undefined ? noOpener : container;
      assert.equal(await browserObstacle({ os: "linux", env }), expected);
    }
  } finally {
    Deno.stat = stat;
  }
});

Deno.test("browserObstacle: looks at this machine unless it is told of another one", async () => {
  const reason = await browserObstacle();
  assert.ok(reason === undefined || reason.startsWith("this is ") || reason === noOpener);
  await builtAs({ os: "darwin" }, async () => {
    assert.equal(await browserObstacle({ env: () => undefined }), undefined);
    assert.equal(await browserObstacle({ env: () => "x" }), ssh);
  });
});

Deno.test({
  name: "browserObstacle: a program is looked for as on the machine that is meant",
  ignore: Deno.build.os === "windows",
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(join(directory, "xdg-open"), "", { mode: 0o755 });
      const env = (name: string) => ({ PATH: directory, DISPLAY: ":0" })[name];
      const reason = await builtAs({ os: "windows" }, () => browserObstacle({ os: "linux", env }));
      assert.equal(reason, undefined);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
