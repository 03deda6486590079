/** The program's name, as it appears in logs, pages and the `User-Agent`. */
export const programName = "authful-mcp-proxy";

/** The version of this build; a test keeps it equal to `deno.json`. */
export const version = "0.1.0";
