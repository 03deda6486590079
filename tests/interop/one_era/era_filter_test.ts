import { equal } from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import type { Backend, BackendOptions, RunningBackend } from "../counterpart.ts";
import { startWithOneEra } from "./era_filter.ts";

/** A backend that says of each request which method it has. */
const backend: Backend = {
  name: "both",
  title: "Both eras",
  versions: {},
  toolchains: [],
  files: [],
  install: () => Promise.resolve(),
  start({ port }: BackendOptions): Promise<RunningBackend> {
    const server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen() {} },
      async (request) => Response.json({ seen: (await request.json()).method }),
    );
    return Promise.resolve({
      url: new URL(`http://127.0.0.1:${port}/mcp`),
      kill: () => server.shutdown(),
      output: () => "",
      [Symbol.asyncDispose]: () => server.shutdown(),
    });
  },
};

const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25" },
};
const discover = { jsonrpc: "2.0", id: 2, method: "server/discover" };

async function post(url: URL, { body, ...headers }: { body: unknown; [header: string]: unknown }) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers as Record<string, string> },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: await response.json() };
}

for (const era of ["2025", "2026"] as const) {
  Deno.test(`a backend of ${era} alone takes messages of ${era} and refuses the others in its words`, async () => {
    await using running = await startWithOneEra(backend, {
      era,
      directory: "",
      port: freePort(),
      issuer: "",
      jwksUri: "",
      audience: "",
      signal: AbortSignal.timeout(10_000),
    });
    const authorization = "Bearer token";
    const modern = { "mcp-protocol-version": "2026-07-28" };
    const [legacyAnswer, modernAnswer, unknown] = await Promise.all([
      post(running.url, { body: initialize, authorization }),
      post(running.url, { body: discover, authorization, ...modern }),
      post(running.url, { body: discover, ...era === "2025" && modern }),
    ]);
    const [own, other] = era === "2025"
      ? [legacyAnswer, modernAnswer]
      : [modernAnswer, legacyAnswer];
    equal(own.status, 200);
    equal(other.status, 400);
    equal(other.answer.error.code, era === "2025" ? -32600 : -32022);
    // Whoever has no token is for the backend to refuse.
    equal(unknown.answer.seen, "server/discover");
  });
}
