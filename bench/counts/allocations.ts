import { openSession } from "../subjects/open_session.ts";
import { smallCall } from "../subjects/messages.ts";
import { openStdioConnection } from "../subjects/stdio_connection.ts";
import type { Surroundings } from "../subjects/programs.ts";
import { commandOf, type Run } from "./runs.ts";

/** Every so many bytes on average one allocation is looked at; more of them count exactly enough. */
const samplingInterval = 512;

/** Bytes that V8 allocates for one call after many others, whether collected since or not. */
export async function allocationsOfOneCall(
  surroundings: Surroundings,
  run: Omit<Run, "denoArgs">,
): Promise<number> {
  const listening = Promise.withResolvers<string>();
  let said = "";
  const subject = {
    id: "counted",
    title: "counted",
    files: [],
    open: () =>
      openStdioConnection(
        commandOf(surroundings, { ...run, denoArgs: ["--inspect=127.0.0.1:0"] }),
        {
          onStderr(text) {
            said += text;
            const url = /Debugger listening on (ws:\S+)/.exec(said)?.[1];
            if (url) listening.resolve(url);
          },
        },
      ),
  };
  await using session = await openSession(subject, { path: run.path, warmUp: run.calls });
  await using inspector = await openInspector(await listening.promise);
  await inspector.call("HeapProfiler.enable");
  await inspector.call("HeapProfiler.startSampling", {
    samplingInterval,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  for (let call = 0; call < run.calls; call++) {
    const id = session.nextId();
    await session.connection.request(id, smallCall(id));
  }
  const { profile } = await inspector.call("HeapProfiler.stopSampling") as {
    profile: { head: AllocationNode };
  };
  return bytesUnder(profile.head) / run.calls;
}

/** What was allocated by a function, and by those that it called. */
interface AllocationNode {
  selfSize: number;
  children: AllocationNode[];
}

function bytesUnder({ selfSize, children }: AllocationNode): number {
  return children.reduce((sum, child) => sum + bytesUnder(child), selfSize);
}

/** Speaks the Chrome DevTools Protocol with a program. */
async function openInspector(url: string) {
  const socket = new WebSocket(url);
  const opened = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  socket.onerror = () => opened.reject(new Error(`no inspector at ${url}`));
  await opened.promise;
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result);
  };
  return {
    call(method: string, params = {}): Promise<unknown> {
      const answer = Promise.withResolvers<unknown>();
      waiting.set(waiting.size + 1, answer);
      socket.send(JSON.stringify({ id: waiting.size, method, params }));
      return answer.promise;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.close();
      await closed;
    },
  };
}
