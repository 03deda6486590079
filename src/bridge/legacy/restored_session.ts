import type { InitializeResult } from "./session.ts";

/** What the new session lacks of what the client was promised by the old one, one sentence each. */
export function compareCapabilities(
  before: InitializeResult | undefined,
  after: InitializeResult,
): readonly string[] {
  if (!before) return [];
  const changes: string[] = [];
  if (before.protocolVersion !== after.protocolVersion) {
    changes.push(
      `the backend now speaks protocol version ${after.protocolVersion}, the client was told ${before.protocolVersion}; restart the client if something fails`,
    );
  }
  const missing = Object.keys(before.capabilities).filter((name) => !(name in after.capabilities));
  if (missing.length > 0) {
    changes.push(
      `the backend no longer offers ${missing.join(", ")}; restart the client if something fails`,
    );
  }
  return changes;
}

/** Which capability a request needs; `undefined` when it needs none. */
export function capabilityOf(method: string): string | undefined {
  const [area] = method.split("/");
  if (area === "completion") return "completions";
  return ["tools", "resources", "prompts", "logging", "tasks"].find((name) => name === area);
}

/** The notifications that tell the client to ask for its lists again, as far as the backend has them. */
export function listChangedNotifications(result: InitializeResult): readonly Uint8Array[] {
  return ["tools", "resources", "prompts"]
    .filter((name) => {
      const capability = result.capabilities[name];
      return typeof capability === "object" && capability !== null &&
        (capability as { listChanged?: unknown }).listChanged === true;
    })
    .map((name) =>
      new TextEncoder().encode(`{"jsonrpc":"2.0","method":"notifications/${name}/list_changed"}`)
    );
}
