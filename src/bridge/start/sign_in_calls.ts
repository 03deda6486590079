import { abortable, pause } from "../../base/abortable.ts";
import type { ProxyError } from "../../base/errors.ts";
import type { SignInInvitation } from "../../base/sign_in_invitation.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { beginningText, beginSignIn } from "./begin_sign_in.ts";
import type { ClientParameters } from "./initialize_result.ts";
import { ownResponse } from "./own_response.ts";
import type { SignIn } from "./sign_in.ts";
import { elicitationText, invitationText, signInToolResult } from "./sign_in_tool.ts";

/** Answers calls of the tool that signs the person in. */
export interface SignInCalls {
  /** Answers one call. */
  call(exchange: Exchange): Promise<void>;
  /** Takes the client's response to a question of ours; false for any other. */
  takeResponse(message: Message): boolean;
  /** Ends what still waits for the client. */
  end(): void;
}

/** What {@linkcode createSignInCalls} needs. */
export interface SignInCallsOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Signs the person in. */
  signIn: SignIn;
  /** What the client has said of itself. */
  client(): ClientParameters;
  /** The person has signed in. */
  onSignedIn(): void;
  /** The sign-in did not succeed. */
  onFailed(): void;
}

/** How long the client may take to show the person what is to be opened, in milliseconds. */
const elicitationTimeout = 30_000;

/** The calls of one client. */
export function createSignInCalls(options: SignInCallsOptions): SignInCalls {
  const { context, signIn, client, onSignedIn, onFailed } = options;
  const { url: backend } = context;
  /** Questions to the client, by their ids as they are written. */
  const asked = new Map<string, (response: Message | undefined) => void>();
  let count = 0;

  async function call(exchange: Exchange): Promise<void> {
    const { signal } = exchange;
    const begun = await beginSignIn({ signIn, signal, stop: context.stop, onSignedIn, onFailed });
    const { invitation, finished } = begun;
    if (!invitation) {
      return say(exchange, beginningText(begun, backend), { isError: begun.isError });
    }
    const shown = mayElicit(client()) && await show(invitation, { signal, finished });
    say(exchange, shown || invitationText(invitation, { backend, now: Date.now() }));
  }

  /** Has the client show the person what to open (MCP 2025-11-25, elicitation in URL mode). */
  async function show(
    { url, userCode }: SignInInvitation,
    { signal, finished }: { signal: AbortSignal; finished: Promise<ProxyError | undefined> },
  ): Promise<string | undefined> {
    const name = `authful-mcp-proxy-sign-in-${++count}`;
    const id = JSON.stringify(name);
    const response = Promise.withResolvers<Message | undefined>();
    asked.set(id, response.resolve);
    tell({
      jsonrpc: "2.0",
      id: name,
      method: "elicitation/create",
      params: {
        mode: "url",
        elicitationId: name,
        url,
        message: `Sign in to ${backend.host}` +
          (userCode === undefined ? "" : ` with the code ${userCode}`),
      },
    });
    finished.then((failure) => {
      if (failure || context.stop.aborted) return;
      tell({
        jsonrpc: "2.0",
        method: "notifications/elicitation/complete",
        params: { elicitationId: name },
      });
    });
    const late = new AbortController();
    const answer = await abortable(
      Promise.race([
        response.promise,
        pause(elicitationTimeout, late.signal).then(() => undefined, () => undefined),
      ]),
      signal,
    ).finally(() => {
      late.abort();
      asked.delete(id);
    });
    return answer && outcomeText(answer, backend);
  }

  function tell(message: object) {
    context.toClient(new TextEncoder().encode(JSON.stringify(message)));
  }

  function say(exchange: Exchange, text: string, { isError = false } = {}) {
    exchange.answer(ownResponse(exchange.request, signInToolResult(text, { isError })));
  }

  return {
    call,
    takeResponse(message) {
      const resolve = asked.get(message.id);
      resolve?.(message);
      return resolve !== undefined;
    },
    end() {
      for (const resolve of asked.values()) resolve(undefined);
    },
  };
}

/** Whether the client opens URLs for the person, and asks them before. */
function mayElicit({ capabilities, protocolVersion }: ClientParameters): boolean {
  const { url } = Object(capabilities.elicitation) as { url?: unknown };
  return typeof url === "object" && url !== null && (protocolVersion ?? "") >= "2025-11-25";
}

/** What became of the question; `undefined` when the client could not ask it. */
function outcomeText(response: Message, backend: URL): string | undefined {
  if (response.isError) return undefined;
  const { bytes, bodyStart, bodyEnd } = response;
  return elicitationText(JSON.parse(textOf(bytes, bodyStart, bodyEnd)), backend);
}
