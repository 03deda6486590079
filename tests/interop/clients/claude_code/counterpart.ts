import { agent } from "../../agent.ts";

export default agent({
  url: import.meta.url,
  client: "claude-code",
  name: "client-claude-code",
  title: "Claude Code",
  versions: { "@anthropic-ai/claude-code": "2.1.332" },
  handshake: { limit: 30_000, settable: true },
  cannot: {
    "lists again after list_changed": "without an account it tells only whether it connects",
  },
  achieves: "connected",
  withScripts: true,
  env: ({ connectTimeout }) => ({
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    ...connectTimeout ? { MCP_TIMEOUT: String(connectTimeout) } : {},
  }),
});
