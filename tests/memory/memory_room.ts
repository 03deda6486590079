import { join } from "node:path";
import type { AnswerKey, BackendMemory } from "../../src/bridge/start/backend_memory.ts";
import { type BackendMemoryOptions, createBackendMemory } from "../../src/memory/backend_memory.ts";
import type { CredentialSource } from "../../src/credentials/credential_source.ts";
import { Room } from "../credentials/room.ts";
import { bounded } from "../support/bounded.ts";

/** The backend of all tests that do not care. */
export const backend = "https://mcp.example/mcp";

/** A room in which backends are remembered. */
export class MemoryRoom extends Room {
  /** The memory of one process; what it notes is only written when a test has it written. */
  memory(
    source: CredentialSource,
    options: Partial<BackendMemoryOptions> = {},
  ): BackendMemory {
    const { log, now } = this;
    const memory = createBackendMemory({
      backend,
      account: () => source.account(),
      files: () => source.accountFiles(),
      log,
      now,
      delay: 3_600_000,
      ...options,
    });
    return bounded(memory, "the memory of a backend");
  }

  /** The files in which answers are kept. */
  files(): string[] {
    return [...Deno.readDirSync(this.cacheDir)].map(({ name }) => name)
      .filter((name) => name.startsWith("account-")).sort().map((name) =>
        join(this.cacheDir, name)
      );
  }
}

/** The tools, or the page of them under a cursor. */
export function tools(cursor?: string): AnswerKey {
  return { era: "legacy", method: "tools/list", ...cursor !== undefined && { cursor } };
}

/** The answer to `initialize`. */
export const initialize: AnswerKey = { era: "legacy", method: "initialize" };

/** An answer as it is noted. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** The text of what is remembered; `undefined` when nothing is. */
export async function recalled(memory: BackendMemory, key: AnswerKey): Promise<string | undefined> {
  const answer = await memory.recall(key);
  return answer && new TextDecoder().decode(answer.result);
}
