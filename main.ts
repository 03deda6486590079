/**
 * The command `authful-mcp-proxy`: a local stdio MCP server that signs the person in at an OpenID
 * Provider and bridges to a remote MCP server that only validates tokens.
 *
 * @module
 */
import { main } from "./src/cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
