// Takes the place of `@napi-rs/keyring` in executables, where the add-on lies beside the bundle.
import { createRequire } from "node:module";
import process from "node:process";

const embedded = new URL("./keyring.node", import.meta.url);

function load() {
  if (Deno.build.os === "windows") return createRequire(import.meta.url)("./keyring.node");
  // Native code must be a file of its own. Deno would write one with a guessable name into the
  // temporary directory that all users share; this one lies where nobody else can come between.
  const directory = Deno.makeTempDirSync({ prefix: "authful-mcp-proxy-" });
  try {
    const path = `${directory}/keyring.node`;
    Deno.writeFileSync(path, Deno.readFileSync(embedded));
    const addon = { exports: {} };
    process.dlopen(addon, path);
    return addon.exports;
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

const addon = load();
export const { AsyncEntry, Entry, findCredentials, findCredentialsAsync } = addon;
export default addon;
