const encoder = new TextEncoder();

/** The first request of every client. */
export const initialize = encoder.encode(
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",' +
    '"capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}\n',
);

/** What a client says after the answer to `initialize`. */
export const initialized = encoder.encode(
  '{"jsonrpc":"2.0","method":"notifications/initialized"}\n',
);

/** Asks for the tools. */
export function listTools(id: number): Uint8Array {
  return encoder.encode(`{"jsonrpc":"2.0","id":${id},"method":"tools/list","params":{}}\n`);
}

/** A call of the usual size. */
export function smallCall(id: number): Uint8Array {
  return encoder.encode(
    `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"echo","arguments":` +
      '{"text":"what the weather will be like tomorrow"}}}\n',
  );
}

/** A call whose result has so many bytes of text. */
export function callForResult(id: number, bytes: number): Uint8Array {
  return encoder.encode(
    `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"get","arguments":` +
      `{"bytes":${bytes}}}}\n`,
  );
}

/** A call with an argument of so many bytes. */
export function callWithArgument(id: number, bytes: number): Uint8Array {
  const head = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"put",` +
    '"arguments":{"text":"';
  const words = "All work and no play makes Jack a dull boy, or so they say. ";
  const text = words.repeat(Math.ceil(bytes / words.length)).slice(0, bytes);
  return encoder.encode(`${head}${text}"}}}\n`);
}
