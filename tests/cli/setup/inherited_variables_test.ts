import assert from "node:assert/strict";
import { isWsl } from "../../../src/platform/browser.ts";
import { browserObstacle } from "../../../src/platform/browser_obstacle.ts";
import { underXdgConfig } from "../../../src/platform/paths.ts";
import { inheritedVariables } from "../../../src/cli/setup/inherited_variables.ts";
import { readProxyEnvironment } from "../../../src/net/proxy_environment.ts";

/** What Codex 0.169 hands on, as the clients do that are made with the SDKs, and more than they. */
const handedOn = ["HOME", "LOGNAME", "PATH", "SHELL", "USER", "LANG", "LC_ALL", "TERM", "TMPDIR"];

/** What is read and need not come through, and why. */
const dispensable = new Map([
  ["SSH_CLIENT", "stands beside SSH_CONNECTION"],
  ["SSH_TTY", "stands beside SSH_CONNECTION"],
  ["container", "a container is known by a file too"],
  ["KUBERNETES_SERVICE_HOST", "a container without a display has no xdg-open either"],
  ["WSL_DISTRO_NAME", "WSL is known by a directory too"],
  ["REQUEST_METHOD", "no client is a CGI server"],
  ["USERPROFILE", "comes through on Windows and stands for nothing elsewhere"],
]);

for (const os of ["linux", "darwin", "windows"]) {
  Deno.test(`every variable comes through that opening a browser and proxies read on ${os}`, async () => {
    const read = new Set<string>();
    const env = (name: string) => {
      read.add(name);
      return name === "HOME" ? "/home/ada" : undefined;
    };
    await browserObstacle({ os, env, exists: () => Promise.resolve(false) });
    if (os === "linux") await isWsl(env);
    const named = [new URL("http://mcp.company.com"), new URL("https://mcp.company.com")];
    readProxyEnvironment(env, named).proxyFor(named[0]);
    readProxyEnvironment(env, named).proxyFor(named[1]);
    underXdgConfig({ os, env, cwd: "/" });
    assert.ok(read.has("HTTPS_PROXY") && read.has("SSH_CONNECTION"), "it was asked for at all");
    const given = inheritedVariables(os);
    const ignoresCase = (name: string) => os === "windows" ? name.toUpperCase() : name;
    const absent = [...read].filter((name) =>
      !given.includes(ignoresCase(name)) && !handedOn.includes(name) && !dispensable.has(name)
    );
    assert.deepEqual(absent, []);
    assert.equal(new Set(given).size, given.length, "each is named once");
  });
}

const everywhere = ["BROWSER", "SSH_CONNECTION"];
const proxies = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];
const inSmallLetters = proxies.flatMap((name) => [name, name.toLowerCase()]);
const certificates = ["SSL_CERT_FILE", "SSL_CERT_DIR", "DENO_TLS_CA_STORE"];
const desktop = [
  ...["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "XDG_CURRENT_DESKTOP"],
  ...["XDG_DATA_DIRS", "DBUS_SESSION_BUS_ADDRESS", "WSL_INTEROP"],
];

Deno.test("these variables come through, in this order, and no others", () => {
  assert.deepEqual(inheritedVariables("windows"), [...everywhere, ...proxies, ...certificates]);
  const onUnix = ["XDG_CONFIG_HOME", ...everywhere, ...inSmallLetters, ...certificates];
  assert.deepEqual(inheritedVariables("darwin"), onUnix);
  assert.deepEqual(inheritedVariables("linux"), [...desktop, ...onUnix]);
});
