import type { Connection } from "./connection.ts";
import type { Backend } from "./counterpart.ts";

/** The connection with calls of the catalogue made in the backend's own words where it has some. */
export function translateCalls(
  connection: Connection,
  translate: Backend["translate"],
): Connection {
  if (!translate) return connection;
  return {
    ...connection,
    async callTool(name, args = {}, options) {
      const own = translate(name, args);
      if (!own) return await connection.callTool(name, args, options);
      const result = await connection.callTool(own.name, own.args, options);
      const { text } = own;
      if (!text) return result;
      const content = result.content.map((item) =>
        item.text === undefined ? item : { ...item, text: text(item.text) }
      );
      return { ...result, content };
    },
  };
}
