import { asProxyError, describe } from "../../base/errors.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import { editObject, memberOf, valueOf } from "../json/edit_object.ts";
import { stringOf, textOf } from "../json/scan_json.ts";
import { lineOf } from "../jsonrpc/line_of.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { LegacyEra } from "../legacy/era.ts";
import type { ModernEra } from "../modern/modern_era.ts";
import { ask } from "./ask.ts";
import { type BackendCall, createBackendCall } from "./backend_call.ts";
import { type BackendSession, openBackendSession } from "./backend_session.ts";
import type { BackendTask } from "./backend_task.ts";
import { canBeAsked } from "./client_capability.ts";
import { completeResult } from "./complete_result.ts";
import { type ClientIdentity, modernClientOf } from "./discover.ts";
import { createLeaving, type Leaving } from "./leaving.ts";
import {
  errorCodes,
  invalidLevel,
  isLegacyOnly,
  logLevels,
  metaKeys,
  modernVersion,
  unknownMethod,
} from "./protocol.ts";
import { editParams, editResult, errorOf, messageOf, resultOf } from "./rewrite_message.ts";
import { requiredVisits } from "./required_visits.ts";
import {
  type Audience,
  type ServedSubscriptions,
  serveSubscriptions,
} from "./served_subscriptions.ts";
import type { TaskTools } from "./task_tools.ts";
import { isAboutTasks, noTasks, taskMembers, withoutTasks } from "./without_tasks.ts";

/** Serves a client of the modern era at a backend of the legacy one. */
export interface ModernClientTranslation extends ModernEra {
  /**
   * Begins the session that this request needs, and so finds out whether the backend does so at all.
   *
   * @throws {ProxyError} when it does not
   */
  open(exchange: Exchange): Promise<void>;
  /** Ends all sessions. */
  end(signal: AbortSignal): Promise<void>;
}

/** What {@linkcode createModernClientTranslation} needs. */
export interface ModernClientOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Makes a carrier of the legacy era in a context. */
  createLegacy(context: BridgeContext): Promise<LegacyEra>;
  /** How long the client may take to answer what the backend asks, in milliseconds; 10 min by default. */
  patience?: number;
}

/** A client that changes what it can do has at most so many sessions. */
const maxSessions = 4;
/** So many requests wait at the backend for answers of the client; the oldest is given up for another. */
const maxCalls = 256;

/** The requests that may be answered by questions (MCP 2026-07-28, multi round-trip requests). */
const canAsk: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);

/** What a backend says before its session is open is kept up to so many messages. */
const maxEarly = 256;

/** The members of `_meta` that a backend of the legacy era does not know. */
const modernMeta = [
  metaKeys.protocolVersion,
  metaKeys.clientInfo,
  metaKeys.clientCapabilities,
  metaKeys.logLevel,
];

/** One session of ours and what goes on in it. */
interface OpenSession {
  readonly session: BackendSession;
  readonly client: ClientIdentity;
  readonly subscriptions: ServedSubscriptions;
  /** What is under way, and the log level that it asks for. */
  readonly calls: Map<BackendCall, string | undefined>;
  /** What the end of the session waits for. */
  readonly leaving: Leaving;
  /** Which tools want a task; absent where there are none, and until the first call. */
  taskTools: TaskTools | undefined;
  /** The level that was set at the backend. */
  logLevel: string | undefined;
}

/**
 * The modern era for a client whose backend speaks the legacy one only. What each request says of the
 * client begins a session of ours, in which its requests are sent; what the backend asks the client
 * becomes a result that says what input is required; and what it announces goes to subscriptions.
 */
export function createModernClientTranslation(
  options: ModernClientOptions,
): ModernClientTranslation {
  const { context } = options;
  const { log } = context;
  /** By what the client can do. */
  const sessions = new Map<string, Promise<OpenSession>>();
  const opened = new Map<string, OpenSession>();
  /** What waits for the client's answers or for the backend. */
  const calls = new Map<string, { call: BackendCall; open: OpenSession }>();
  const audience: Audience = { hasListened: false };

  async function sessionFor({ request, purpose }: Exchange): Promise<OpenSession> {
    const client = modernClientOf(request);
    const key = keyOf(client);
    const begun = sessions.get(key);
    if (begun) {
      try {
        return await begun;
      } catch (error) {
        // It was begun for somebody who does not wait for a sign-in.
        if (purpose !== "client" || asProxyError(error).reason !== "signed_out") throw error;
        const again = sessions.get(key);
        if (again) return await again;
      }
    }
    const session = begin(client, { key, purpose });
    sessions.set(key, session);
    session.catch(() => sessions.delete(key));
    return await session;
  }

  async function begin(
    client: ClientIdentity,
    { key, purpose }: { key: string; purpose: Exchange["purpose"] },
  ): Promise<OpenSession> {
    const early: [Message, Exchange | undefined][] = [];
    let open: OpenSession | undefined = undefined;
    const session = await openBackendSession({
      context,
      createLegacy: options.createLegacy,
      client,
      purpose,
      receive(message, own) {
        if (open) receive(open, { message, own });
        else if (early.length < maxEarly) {
          early.push([{ ...message, bytes: message.bytes.slice() }, own]);
        }
      },
    });
    open = {
      session,
      client,
      subscriptions: serveSubscriptions({ context, session, audience }),
      calls: new Map(),
      leaving: createLeaving(),
      taskTools: undefined,
      logLevel: undefined,
    };
    for (const [message, own] of early) receive(open, { message, own });
    opened.set(key, open);
    makeRoom(key);
    return open;
  }

  /** Ends the session that was begun first and is used for nothing. */
  function makeRoom(latest: string) {
    if (opened.size <= maxSessions) return;
    for (const [key, { session, calls, subscriptions }] of opened) {
      if (key === latest || calls.size > 0 || subscriptions.size > 0) continue;
      opened.delete(key);
      sessions.delete(key);
      session.end(AbortSignal.timeout(endTimeout)).catch((error) =>
        log.debug(`a session was not ended: ${describe(error)}`)
      );
      return;
    }
  }

  async function request(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    if (request.protocolVersion !== modernVersion) {
      return void exchange.answer(errorOf(request.id, unsupportedVersion(request)));
    }
    if (metaMember(request, metaKeys.logLevel) && !logLevels.includes(levelOf(request) ?? "")) {
      return void exchange.answer(errorOf(request.id, invalidLevel));
    }
    const state = stateOf(request);
    if (state !== undefined) {
      const kept = calls.get(state.split(".")[0]);
      const isKnown = kept?.call.state === state && kept.call.request.method === request.method;
      if (!isKnown || kept.call.outer) {
        return void exchange.answer(errorOf(request.id, unknownState));
      }
      kept.open.calls.set(kept.call, levelOf(request));
      return await kept.call.resume(exchange);
    }
    if (isAboutTasks(request.method)) return void exchange.answer(errorOf(request.id, noTasks));
    if (isLegacyOnly(request.method)) {
      return void exchange.answer(errorOf(request.id, unknownMethod));
    }
    const open = await sessionFor(exchange);
    if (exchange.isAnswered) return;
    switch (request.method) {
      case "server/discover":
        return void exchange.answer(discoverAnswer(open.session));
      case "subscriptions/listen":
        return await open.subscriptions.serve(exchange);
      default:
        return await carry(exchange, open);
    }
  }

  async function carry(exchange: Exchange, open: OpenSession): Promise<void> {
    const { session } = open;
    const { request } = exchange;
    const level = levelOf(request);
    const showsUrls = canBeAsked("elicitation/create", visit(open.client));
    if (level !== undefined) await raiseLevel(open, { level, exchange });
    const task = session.capabilities.tasks ? await taskFor(exchange, open) : undefined;
    const call = createBackendCall({
      request,
      translated: editParams(request, {
        without: ["inputResponses", "requestState", ...taskMembers(request.method)],
        set: { task: task?.parameter },
        meta: { without: modernMeta },
      }, session.nextId()),
      progressToken: progressTokenOf(request),
      session,
      task,
      requiredVisits: (response) =>
        showsUrls && canAsk.has(request.method) ? requiredVisits(response) : [],
      showsUrls,
      patience: options.patience ?? 600_000,
      onOver() {
        open.calls.delete(call);
        calls.delete(call.id);
      },
    });
    open.calls.set(call, level);
    calls.set(call.id, { call, open });
    giveUpOldest();
    await call.start(exchange);
  }

  /** What becomes of a call of a tool that wants to be a task; nothing for others. */
  async function taskFor(exchange: Exchange, open: OpenSession): Promise<BackendTask | undefined> {
    const { session, leaving } = open;
    const name = stringMember(exchange.request, "name");
    if (exchange.request.method !== "tools/call" || name === undefined) return undefined;
    const { createTaskTools, hasTasks } = await import("./task_tools.ts");
    if (!hasTasks(session)) return undefined;
    open.taskTools ??= createTaskTools({ context, session });
    if (!await open.taskTools.has(name, exchange)) return undefined;
    const { createBackendTask } = await import("./backend_task.ts");
    return createBackendTask({ context, session, onLeaving: leaving.add });
  }

  /** A client that leaves many questions unanswered is not going to answer the first of them. */
  function giveUpOldest() {
    if (calls.size <= maxCalls) return;
    for (const { call } of calls.values()) {
      if (!call.outer) return call.cancel("the client did not answer what was asked");
    }
  }

  /** The level holds for the session, so that it is the most detailed one that any request wants. */
  async function raiseLevel(
    open: OpenSession,
    { level, exchange }: { level: string; exchange: Exchange },
  ): Promise<void> {
    const { session } = open;
    const before = open.logLevel === undefined ? Infinity : logLevels.indexOf(open.logLevel);
    const wanted = logLevels.indexOf(level);
    if (wanted === -1 || wanted >= before || !session.capabilities.logging) return;
    open.logLevel = level;
    const answer = await ask(
      messageOf(
        `{"jsonrpc":"2.0","id":${session.nextId()},"method":"logging/setLevel","params":{"level":"${level}"}}`,
      ),
      { outer: exchange, send: (inner) => session.request(inner) },
    );
    if (answer.isError) log.debug("the backend refused to set a log level");
  }

  /** What the backend says by itself in a session. */
  function receive(
    open: OpenSession,
    { message, own }: { message: Message; own: Exchange | undefined },
  ) {
    if (message.kind === "request") return asked(open, { message, own });
    switch (message.method) {
      case "notifications/progress":
        return progressed(open, message);
      case "notifications/message":
        return logged(open, { message, own });
      case "notifications/cancelled":
        for (const call of open.calls.keys()) if (call.takeBack(message.requestId ?? "")) return;
        return;
      // The client learns of it by asking again.
      case "notifications/elicitation/complete":
        return;
      // The client knows of no tasks.
      case "notifications/tasks/status":
        return;
      case "notifications/tools/list_changed":
        open.taskTools?.forget();
    }
    if (!open.subscriptions.take(message)) {
      // What neither era knows is between the two.
      context.toClient(lineOf(message));
    }
  }

  function asked(
    { session, client, calls }: OpenSession,
    { message, own }: { message: Message; own: Exchange | undefined },
  ) {
    const { method, id, bytes, bodyStart } = message;
    if (method === "ping") return session.send(resultOf(id, "{}"));
    const params = bodyStart === -1 ? undefined : bytes.subarray(bodyStart);
    if (!canBeAsked(method, { params, capabilities: client.capabilities })) {
      return session.send(errorOf(id, notAskable));
    }
    const eligible = [...calls.keys()].filter(({ request }) => canAsk.has(request.method));
    // Many servers ask on a stream of their own what they need for a call.
    const call = eligible.find((call) => call.owns(message, own)) ??
      eligible.find(({ outer }) => outer) ?? eligible[0];
    if (!call) return session.send(errorOf(id, belongsToNothing));
    call.ask(message);
  }

  /** The client knows it by the token of the request that waits now, the backend by the first one's. */
  function progressed({ calls }: OpenSession, message: Message) {
    const token = canonical(valueOf(message.bytes, message.bodyStart, "progressToken"));
    if (token === undefined) return;
    for (const { progressToken, outer } of calls.keys()) {
      if (!outer || canonical(progressToken) !== token) continue;
      const now = progressTokenOf(outer.request);
      if (now === undefined) return;
      const translated = now === progressToken
        ? message
        : editParams(message, { set: { progressToken: now } });
      context.limits?.progress(translated);
      return context.toClient(lineOf(translated));
    }
  }

  function logged(
    { calls }: OpenSession,
    { message, own }: { message: Message; own: Exchange | undefined },
  ) {
    const level = logLevels.indexOf(stringMember(message, "level") ?? "");
    const isWanted = [...calls].some(([call, wanted]) =>
      call.outer && wanted !== undefined && level >= logLevels.indexOf(wanted) &&
      (own === undefined || call.owns(message, own))
    );
    if (isWanted) context.toClient(lineOf(message));
  }

  return {
    async open(exchange) {
      await sessionFor(exchange);
    },
    request,
    send(message) {
      if (isLegacyOnly(message.method)) return;
      const translated = editParams(message, { meta: { without: modernMeta } });
      for (const { session } of opened.values()) return session.send(translated);
    },
    async flushed() {
      await Promise.all([...opened.values()].map(({ session }) => session.flushed()));
    },
    async end(signal) {
      for (const { call } of [...calls.values()]) call.cancel("the client has gone");
      await Promise.all([...opened.values()].map(async ({ session, leaving }) => {
        // What is still to be cancelled there cannot be any more when the session has ended.
        await leaving.over(signal);
        await session.end(signal);
      }));
    },
  };
}

/** How long a session that is not needed any more may take to end, in milliseconds. */
const endTimeout = 2_000;

/** Two ways to write the same capabilities are one. */
function keyOf({ capabilities }: ClientIdentity): string {
  return canonical(capabilities) ?? "{}";
}

function canonical(value: Uint8Array | string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? value : textOf(value, 0, value.length);
  return JSON.stringify(JSON.parse(text));
}

function stringMember({ bytes, bodyStart }: Message, name: string): string | undefined {
  const value = valueOf(bytes, bodyStart, name);
  return value?.[0] === 0x22 ? stringOf(value, 0, value.length) : undefined;
}

function stateOf(message: Message): string | undefined {
  return stringMember(message, "requestState");
}

function metaMember({ bytes, bodyStart }: Message, name: string): Uint8Array | undefined {
  const meta = valueOf(bytes, bodyStart, "_meta");
  return meta && valueOf(meta, 0, name);
}

function levelOf(message: Message): string | undefined {
  const level = metaMember(message, metaKeys.logLevel);
  return level?.[0] === 0x22 ? stringOf(level, 0, level.length) : undefined;
}

/** As JSON, as it was written. */
function progressTokenOf(message: Message): string | undefined {
  const token = metaMember(message, "progressToken");
  return token && textOf(token, 0, token.length);
}

/** The answer to `server/discover` that a backend would give that says this of itself in `initialize`. */
function discoverAnswer({ response }: BackendSession): Message {
  const { bytes, bodyStart } = response;
  const meta = memberOf(bytes, bodyStart, "_meta");
  const [from, at] = meta ? [bytes, meta.valueStart] : [emptyObject, 0];
  const edited = editResult(response, {
    without: ["protocolVersion", "serverInfo"],
    set: {
      supportedVersions: JSON.stringify([modernVersion]),
      capabilities: withoutTasks(valueOf(bytes, bodyStart, "capabilities")),
      _meta: editObject(from, at, {
        set: { [metaKeys.serverInfo]: valueOf(bytes, bodyStart, "serverInfo") },
      }),
    },
  });
  return completeResult(edited, "server/discover");
}

const emptyObject = new TextEncoder().encode("{}");
/** Whether a client can show URLs. */
const visit = ({ capabilities }: ClientIdentity) => ({ params: urlMode, capabilities });
const urlMode = new TextEncoder().encode('{"mode":"url"}');

/** The error, as JSON, for a request in a version that is not translated. */
function unsupportedVersion({ protocolVersion: requested }: Message): string {
  return JSON.stringify({
    code: errorCodes.unsupportedProtocolVersion,
    message: `Unsupported protocol version: ${requested}; ${modernVersion} is spoken here`,
    data: { supported: [modernVersion], requested },
  });
}

const unknownState = JSON.stringify({
  code: errorCodes.invalidParams,
  message: "The requestState belongs to no request that waits for input; send the request anew",
});
const notAskable = JSON.stringify({
  code: errorCodes.methodNotFound,
  message: "The client has not declared that it can be asked this",
});
const belongsToNothing = JSON.stringify({
  code: -32600,
  message: "No request of the client is under way that this could belong to",
});
