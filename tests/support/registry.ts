/**
 * A private MCP registry, as its API describes one (2025-12-11): `GET /v0.1/servers` with `cursor`, `limit`
 * and `version`, over https. What it serves is held against the official schema of `server.json`.
 *
 * @module
 */
import addFormats from "ajv-formats";
import { Ajv } from "ajv";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { certificateFile } from "./https_server.ts";
import { repository } from "./paths.ts";

/** An entry of the registry: `server.json`, and what the registry itself says of it. */
export interface RegistryItem {
  server: Record<string, unknown>;
  _meta?: Record<string, unknown>;
}

/** A registry at work. */
export interface Registry extends AsyncDisposable {
  /** Its address. */
  readonly url: URL;
  /** The requests so far, as paths with queries. */
  readonly requests: readonly string[];
  /** What it serves; what is not as the schema has it throws. */
  publish(items: readonly RegistryItem[]): void;
  /** Answers so instead, until told otherwise. */
  answer(handler: Handler | undefined): void;
}

type Handler = (
  path: string,
) => { status: number; headers?: Record<string, string>; body?: string };

/** Starts a {@linkcode Registry}; whoever asks must trust `certificates/authority.pem`. */
export async function startRegistry({ pageSize = 100 } = {}): Promise<Registry> {
  const schema = JSON.parse(
    await Deno.readTextFile(
      join(repository, "tests/scripts/fixtures/schemas/mcp-server-2025-12-11.json"),
    ),
  );
  const ajv = new Ajv({ strict: false });
  // deno-lint-ignore no-explicit-any
  (addFormats as any)(ajv);
  const validate = ajv.compile(schema);
  let published: readonly RegistryItem[] = [];
  let handler: Handler | undefined;
  const requests: string[] = [];

  const respond: Handler = (path) => {
    const url = new URL(path, "https://registry");
    if (url.pathname !== "/v0.1/servers") return { status: 404, body: '{"error":"Not found"}' };
    const limit = Math.min(Number(url.searchParams.get("limit") ?? 30), pageSize);
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const latest = url.searchParams.get("version") === "latest";
    const official = "io.modelcontextprotocol.registry/official";
    const all = published.filter(({ _meta }) =>
      // deno-lint-ignore no-explicit-any
      !latest || (_meta?.[official] as any)?.isLatest !== false
    );
    const servers = all.slice(from, from + limit);
    const nextCursor = from + limit < all.length ? { nextCursor: String(from + limit) } : {};
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ servers, metadata: { count: servers.length, ...nextCursor } }),
    };
  };

  const server = createServer({
    cert: await Deno.readTextFile(certificateFile("server.pem")),
    key: await Deno.readTextFile(certificateFile("server.key")),
  }, (request, response) => {
    requests.push(request.url!);
    const { status, headers, body } = (handler ?? respond)(request.url!);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`https://localhost:${port}/`),
    requests,
    publish(items) {
      for (const { server } of items) {
        if (!validate(server)) {
          throw new Error(`No server.json: ${JSON.stringify(validate.errors)}`);
        }
      }
      published = items;
    },
    answer: (given) => void (handler = given),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
