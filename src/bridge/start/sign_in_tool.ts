import { excerpt } from "../../base/excerpt.ts";
import type { SignInInvitation } from "../../base/sign_in_invitation.ts";
import { concatBytes } from "../../base/concat_bytes.ts";
import { memberOf } from "../json/edit_object.ts";
import { elementsOf, openBracket, quote, skipSpace, stringOf } from "../json/scan_json.ts";

/** The names that our tool may have; a backend that has all of them keeps the last for itself. */
const names = ["sign_in", "authful_sign_in", "authful_mcp_proxy_sign_in"] as const;

/** The name of the tool that signs the person in, which none of the backend's tools has. */
export function signInToolName(backendTools: ReadonlySet<string>): string {
  return names.find((name) => !backendTools.has(name)) ?? names[names.length - 1];
}

/** The tool that signs the person in, as a list names it. */
export function signInTool(name: string, backend: URL): object {
  const host = excerpt(backend.host);
  return {
    name,
    title: `Sign in to ${host}`,
    description: `Signs the person in, which ${host} requires before its tools can be used. The ` +
      "result says what the person has to open in a browser. Offered by the local proxy, not by " +
      `${host}.`,
    inputSchema: { type: "object", properties: {}, additionalProperties: false },
    annotations: {
      title: `Sign in to ${host}`,
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: true,
    },
  };
}

/** The names of the tools in a `tools/list` result. */
export function toolNames(result: Uint8Array): ReadonlySet<string> {
  const found = new Set<string>();
  const start = toolsStart(result);
  if (start === -1) return found;
  for (const [from] of elementsOf(result, start)) {
    const name = memberOf(result, from, "name");
    if (name && result[name.valueStart] === quote) {
      found.add(stringOf(result, name.valueStart, name.end));
    }
  }
  return found;
}

/** A `tools/list` result with one more tool in front of the others, whose bytes stay as they are. */
export function withTool(result: Uint8Array, tool: object): Uint8Array {
  const start = toolsStart(result);
  if (start === -1) return result;
  const isEmpty = elementsOf(result, start).next().done;
  return concatBytes([
    result.subarray(0, start + 1),
    new TextEncoder().encode(JSON.stringify(tool) + (isEmpty ? "" : ",")),
    result.subarray(start + 1),
  ]);
}

/** Where the array of tools stands; -1 when there is none. */
function toolsStart(result: Uint8Array): number {
  const tools = memberOf(result, skipSpace(result, 0), "tools");
  return tools && result[tools.valueStart] === openBracket ? tools.valueStart : -1;
}

/** What a call of the tool is answered with. */
export function signInToolResult(text: string, { isError = false } = {}): object {
  return { content: [{ type: "text", text }], isError };
}

/** What the person has to do, in words for them and for a model. */
export function invitationText(
  { url, userCode, expiresAt }: SignInInvitation,
  { backend, now }: { backend: URL; now: number },
): string {
  const minutes = Math.max(1, Math.round((expiresAt - now) / 60_000));
  const what = userCode === undefined
    ? `open ${excerpt(url, { max: 2_000 })} in a browser on this machine`
    : `open ${excerpt(url, { max: 2_000 })} in any browser and enter the code ${
      excerpt(userCode, { max: 100 })
    }`;
  return `To sign in to ${excerpt(backend.host)}, ${what} within ${minutes} min. ` +
    `Its tools appear when that is done; if they do not, reload this server.`;
}

/** What is said when there is nothing that could be opened. */
export function withoutInvitationText(backend: URL): string {
  return `The sign-in to ${
    excerpt(backend.host)
  } is under way, and there is no page that could be ` +
    'named here: run "authful-mcp-proxy login" in a terminal of this machine.';
}

/** What is said when the person has signed in already. */
export function signedInText(backend: URL): string {
  return `Signed in to ${
    excerpt(backend.host)
  }: its tools can be used now. If they are not listed, ` +
    "reload this server in the client.";
}

/** What is said of the person's answer to the question; `undefined` when it is none. */
export function elicitationText(result: unknown, backend: URL): string | undefined {
  const { action } = Object(result) as { action?: unknown };
  if (action === "accept") {
    return `The person was shown the page for the sign-in to ${excerpt(backend.host)}. Its tools ` +
      "appear when that is done; if they do not, reload this server.";
  }
  return action === "decline" || action === "cancel"
    ? `The person did not want to open the page for the sign-in to ${excerpt(backend.host)}.`
    : undefined;
}
