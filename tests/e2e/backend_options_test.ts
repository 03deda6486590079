import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { startFaultyBackend } from "../support/faulty_backend.ts";

Deno.test("what is set for the backend reaches it: fields, filter, keep-alive, size", async () => {
  await using backend = await startFaultyBackend();
  await using company = await startCompany({ backend: backend.url });
  const file = `${company.home.path}/fields.txt`;
  await Deno.writeTextFile(file, "# for the gateway\nX-Trace: on\n");
  await using program = await company.start({
    env: { TEAM: "blue", MCP_PROXY_HEADER_FILE: file },
    args: [
      backend.url.href,
      ...["--header", "X-Team: ${TEAM}", "--header", "X-Floor: 3"],
      ...["--ignore-tool", "bad*", "--ignore-tool", "worse"],
      ...["--keep-alive", "0.3", "--max-message-bytes", "2048", "--transport", "http"],
    ],
  });
  await Promise.all([company.signIn(), program.initialize()]);
  for (const name of ["bad one", "worse"]) {
    const { error } = await program.request("tools/call", { name });
    assert.equal(error?.data?.reason, "tool_blocked");
  }
  // Longer than --max-message-bytes.
  await program.send({ jsonrpc: "2.0", method: "x", params: { pad: "x".repeat(3000) } });
  const { error } = await program.message(({ id }) => id === null);
  assert.equal(error?.data?.reason, "message_too_long");
  const { headers } = await backend.receivedWhere(({ method }) => method === "ping");
  assert.equal(headers["x-team"], "blue");
  assert.equal(headers["x-floor"], "3");
  assert.equal(headers["x-trace"], "on");
  await program.endInput();
  await program.exit;
  assert(!program.stderr().includes("blue"), "a field's value was logged");
});

Deno.test("a backend elsewhere over plain http is refused before anything is sent", async () => {
  await using company = await startCompany();
  await using program = await company.start({ args: ["http://192.0.2.1/mcp"] });
  const { code } = await program.exit;
  assert.equal(code, 1);
  assert.match(
    program.stderr(),
    /^Configuration error: http:\/\/192\.0\.2\.1\/mcp .*--allow-http/m,
  );
});
