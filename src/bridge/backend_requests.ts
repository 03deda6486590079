import { idKey } from "./jsonrpc/id_key.ts";
import type { Message } from "./jsonrpc/scan_message.ts";

/** The requests of the backend that the client has not answered yet. */
export interface BackendRequests {
  /** The client is asked. */
  open(request: Message): void;
  /** The backend has taken the request with this id back. */
  cancel(id: string): void;
  /** Whether a response of the client is one that the backend may wait for. */
  isExpected(response: Message): boolean;
  /**
   * Whoever asked is gone. A backend that is started again counts from the beginning, so that a late
   * response would be taken for that to another request.
   *
   * @returns the ids of what was asked, as they were written
   */
  abandon(): readonly string[];
}

/** A client that leaves more than this unanswered is not going to answer the first of them. */
const maxOpen = 1024;

/** Keeps account of what the backend asks the client. */
export function createBackendRequests(): BackendRequests {
  const open = new Map<string, string>();
  let abandoned = new Set<string>();
  return {
    open({ id }) {
      const key = idKey(id);
      abandoned.delete(key);
      open.set(key, id);
      if (open.size > maxOpen) open.delete(open.keys().next().value as string);
    },
    cancel(id) {
      open.delete(idKey(id));
    },
    isExpected({ id }) {
      const key = idKey(id);
      return open.delete(key) || !abandoned.delete(key);
    },
    abandon() {
      const ids = [...open.values()];
      abandoned = new Set([...abandoned, ...open.keys()].slice(-maxOpen));
      open.clear();
      return ids;
    },
  };
}
