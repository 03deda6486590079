import type { BackendPath, Connection, Subject } from "./connection.ts";
import { initialize, initialized, smallCall } from "./messages.ts";

/** A connection that has been initialized and has made its first calls. */
export interface Session extends AsyncDisposable {
  readonly connection: Connection;
  /** A fresh request id. */
  nextId(): number;
}

/** Opens a subject as a client does, and makes a few calls so that nothing is new to it. */
export async function openSession(
  subject: Subject,
  options: { path: BackendPath; warmUp?: number; credential?: Record<string, string> },
): Promise<Session> {
  const connection = subject.open(options.path, options.credential);
  let id = 1;
  const nextId = () => ++id;
  try {
    await connection.request(1, initialize);
    await connection.notify(initialized);
    for (let call = 0; call < (options.warmUp ?? 0); call++) {
      const callId = nextId();
      await connection.request(callId, smallCall(callId));
    }
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
  return { connection, nextId, [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose]() };
}
