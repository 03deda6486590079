import assert from "node:assert/strict";
import { join } from "node:path";
import { startCompany } from "../support/company.ts";

Deno.test("no file under the home directory holds a token, a code or a verifier", async () => {
  await using company = await startCompany();
  const { provider, gateway, home, browser, person } = company;
  await using program = await company.start();
  const initialized = program.initialize();
  const url = await browser.opened();
  const tab = await person.openTab(url);
  const under = [tab.searchParams.get("state"), tab.searchParams.get("nonce"), url.pathname];
  for (const secret of under) assert.deepEqual(await filesWith(home.path, secret ?? ""), []);
  await Promise.all([person.visit(tab), initialized]);
  gateway.distrust(provider.secrets.access_token);
  assert.ok((await program.request("tools/list")).result);
  const secrets = Object.values(provider.secrets).flatMap((kind) => [...kind]);
  assert.ok(provider.secrets.access_token.size === 2 && secrets.length > 8);
  for (const when of ["while it runs", "after it ended"]) {
    for (const secret of secrets) assert.deepEqual(await filesWith(home.path, secret), [], when);
    await program.endInput();
    await program.exit;
  }
});

Deno.test("no file under the home directory tells what the backend said, or which one it is", async () => {
  await using company = await startCompany();
  const { gateway, home } = company;
  await using program = await company.start();
  await Promise.all([company.signIn(), program.initialize()]);
  const { result } = await program.request("tools/list");
  const names = (result?.tools as { name: string }[]).map(({ name }) => name)
    .filter((name) => name.length >= 8);
  assert.ok(names.length > 3);
  await program.endInput();
  assert.equal((await program.exit).code, 0);
  const kept = await filesWith(home.path, "");
  assert.ok(kept.filter((path) => path.includes("account-")).length >= 2, kept.join("\n"));
  for (const text of [...names, "nextCursor", "serverInfo", gateway.url.host]) {
    assert.deepEqual(await filesWith(home.path, text), [], text);
  }
});

async function filesWith(directory: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory) found.push(...await filesWith(path, text));
    else if (entry.isFile) {
      const bytes = await Deno.readFile(path);
      if (new TextDecoder("latin1").decode(bytes).includes(text)) found.push(path);
    }
  }
  return found;
}
