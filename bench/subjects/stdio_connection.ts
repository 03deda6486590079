import { type Answer, type Connection, parsedUpTo } from "./connection.ts";

/** How to start a bridge. */
export interface BridgeCommand {
  command: string;
  args: readonly string[];
  env: Record<string, string>;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

const decoder = new TextDecoder();

/** Starts a bridge and speaks JSON-RPC lines with it, at as little cost of its own as possible. */
export function openStdioConnection(
  bridge: BridgeCommand,
  options: { onStderr?: (text: string) => void } = {},
): Connection {
  const child = new Deno.Command(bridge.command, {
    args: [...bridge.args],
    env: bridge.env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const waiting = new Map<number, Waiting>();
  const writer = child.stdin.getWriter();
  let complaint = "";
  const listening = readLines(child.stdout, (id, answer) => {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  });
  const complaining = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      complaint = (complaint + text).slice(-2_000);
      options.onStderr?.(text);
    }
  })();
  listening.then(async () => {
    await complaining;
    for (const { reject } of waiting.values()) {
      reject(new Error(`the bridge ended: ${lastError(complaint)}`));
    }
  });
  let ended: Promise<void> | undefined;
  const finished = async () => {
    await child.status;
    await Promise.all([listening, complaining]);
  };
  return {
    pid: child.pid,
    request(id, text) {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      waiting.set(id, { resolve, reject });
      writer.write(text).catch(() => {});
      return promise;
    },
    notify: (text) => writer.write(text),
    end() {
      ended ??= (async () => {
        await writer.close().catch(() => {});
        await finished();
      })();
      return ended;
    },
    async [Symbol.asyncDispose]() {
      if (ended) return await ended;
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      writer.abort().catch(() => {});
      await finished();
    },
  };
}

/** What a program that ended said last about it. */
function lastError(said: string): string {
  const lines = said.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.findLast((line) => /error:/i.test(line)) ?? lines.at(-1) ?? "(it said nothing)";
}

/** Reads lines and finds each one's id; of a long line only its edges are kept. */
async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (id: number, answer: Answer) => void,
): Promise<void> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const finish = () => {
    if (bytes < parsedUpTo) {
      const message = JSON.parse(decoder.decode(joined(parts)));
      onLine(message.id, { bytes, message });
    } else {
      const edges = decoder.decode(parts[0].subarray(0, 512)) +
        decoder.decode(joined(parts.slice(-2)).subarray(-512));
      onLine(Number(/"id":(\d+)/.exec(edges)?.[1]), { bytes });
    }
    parts = [];
    bytes = 0;
  };
  for await (const chunk of stream) {
    let rest = chunk;
    for (let end; (end = rest.indexOf(0x0a)) !== -1;) {
      parts.push(rest.subarray(0, end));
      bytes += end;
      if (bytes > 0) finish();
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) {
      parts.push(rest);
      bytes += rest.length;
      // The middle of a long line says nothing: do not count its memory as the harness's work.
      if (parts.length > 4 && bytes > parsedUpTo) parts.splice(1, parts.length - 3);
    }
  }
}

function joined(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
