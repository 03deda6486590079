import { type Answer, type Connection, parsedUpTo, type Subject } from "./connection.ts";

const decoder = new TextDecoder();

/** The same requests with plain `fetch` and no bridge: what nobody can be faster than. */
export function floor(backend: { url: string; token: string }): Subject {
  return {
    id: "floor",
    title: "floor",
    files: [],
    open(path): Connection {
      const url = backend.url + path;
      let session: string | undefined;
      const post = async (body: Uint8Array) => {
        const response = await fetch(url, {
          method: "POST",
          headers: {
            authorization: `Bearer ${backend.token}`,
            "content-type": "application/json",
            accept: "application/json, text/event-stream",
            ...session && { "mcp-session-id": session, "mcp-protocol-version": "2025-06-18" },
          },
          body: body as Uint8Array<ArrayBuffer>,
        });
        session ??= response.headers.get("mcp-session-id") ?? undefined;
        return response;
      };
      return {
        async request(_id, text): Promise<Answer> {
          const response = await post(text);
          const bytes = new Uint8Array(await response.arrayBuffer());
          if (response.status !== 200) throw new Error(`the backend answered ${response.status}`);
          if (bytes.length >= parsedUpTo) return { bytes: bytes.length };
          const answer = decoder.decode(bytes);
          const json = answer.startsWith("event:") ? answer.slice(answer.indexOf("{")) : answer;
          return { bytes: bytes.length, message: JSON.parse(json) };
        },
        async notify(text) {
          await (await post(text)).body?.cancel();
        },
        end: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  };
}
