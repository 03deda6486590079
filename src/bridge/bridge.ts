import { describe } from "../base/errors.ts";
import type { Connections } from "../net/http_client.ts";
import { limitRepeats, type Log } from "../base/log.ts";
import { aborted, pause } from "../base/abortable.ts";
import type { Authorizer } from "./authorizer.ts";
import { awaitedAuthorization } from "./awaited_authorization.ts";
import type { BridgeContext } from "./bridge_context.ts";
import { bridgeEnded } from "./bridge_ended.ts";
import { createPendingRequests } from "./pending_requests.ts";
import { createBackendRequests } from "./backend_requests.ts";
import { fromClient, type FromClientOptions } from "./from_client.ts";
import { type ConnectionTimes, createBackendHttp } from "./http/backend_http.ts";
import { createInstantStart, type InstantStart } from "./start/instant_start.ts";
import type { LegacyEra } from "./legacy/era.ts";
import type { ModernStart } from "./start/modern_start.ts";
import type { StartSettings } from "./start/start_settings.ts";
import { type AutoEraOptions, createAutoEra } from "./sse/auto_era.ts";
import { createLegacyChoice, type EraMemory, type LegacyChoice } from "./legacy_choice.ts";
import { createLegacyEra } from "./legacy/legacy_era.ts";
import type { ModernChoice } from "./modern_choice.ts";
import type { ModernEra } from "./modern/modern_era.ts";
import type { RequestLimits } from "./request_limits.ts";
import { createToolFilter } from "./tool_filter.ts";
import { tooLongAnswer } from "./jsonrpc/error_answer.ts";
import { createLineReader } from "./stdio/line_reader.ts";
import { type ByteReader, readInput } from "./stdio/read_input.ts";
import { type ByteWriter, createLineWriter } from "./stdio/line_writer.ts";
import type { Protocol, Transport } from "./transports.ts";

/** What {@linkcode runBridge} connects. */
export interface BridgeOptions {
  /** The backend's MCP endpoint. */
  backendUrl: URL;
  /** Authorizes what is sent to it. */
  authorizer: Authorizer;
  /** Where the bridge says what it does. */
  log: Log;
  /** What the client writes, one JSON-RPC message per line. */
  input: ByteReader;
  /** What the client reads. Nothing else is ever written to it. */
  output: ByteWriter;
  /** Ends the bridge as the end of `input` would. */
  signal: AbortSignal;
  /** Ends the bridge without waiting for answers: nobody is there to read them. */
  clientGone?: AbortSignal;
  /** Carries the HTTP requests; those of the global `fetch` by default. */
  connections?: Connections;
  /** When connections are doubted. */
  connectionTimes?: Partial<ConnectionTimes>;
  /** How the client is answered while a person signs in; as the backend does, when absent. */
  start?: StartSettings;
  /** How the backend is spoken to in the legacy era; `auto` finds out and is the default. */
  transport?: Transport;
  /** Whether messages are translated for a backend of the other era; `auto` does and is the default. */
  protocol?: Protocol;
  /** Adds to a request of the client what this program does in its place. */
  declare?: FromClientOptions["declare"];
  /** Header fields that every request carries besides those of the protocol. */
  headers?: Readonly<Record<string, string>>;
  /** Keep the cookies that the backend sets; yes by default. */
  cookies?: boolean;
  /** How long pending answers are waited for once the input has ended, in milliseconds. */
  drainTimeout?: number;
  /** How long what may be tried again is tried again, in milliseconds. */
  retryWindow?: number;
  /** How long the backend may take to accept a notification or a response, in milliseconds; 30 s by default. */
  acceptTimeout?: number;
  /** How long what comes behind a notification waits for it to be accepted, in milliseconds; 10 s by default. */
  orderTimeout?: number;
  /** How often an idle backend is pinged, in milliseconds; 0 for never, which is the default. */
  keepAlive?: number;
  /** How long connecting to the backend may take, in milliseconds; 10 s by default. */
  connectTimeout?: number;
  /** How long a request may take without progress, in milliseconds; 0, the default, for any time. */
  requestTimeout?: number;
  /** The longest message that is carried, in bytes. */
  maxMessageBytes?: number;
  /** Patterns of the only tools that the client may see and call; all when there is none. */
  allowTools?: readonly string[];
  /** Patterns of tools that the client must neither see nor call. */
  ignoreTools?: readonly string[];
}

/** How long the backend may take to end the session, in milliseconds. */
const deleteTimeout = 2_000;
/** How long the client may take to read the last answers, in milliseconds. */
const flushTimeout = 2_000;

/**
 * Carries messages between the client on stdio and the backend on Streamable HTTP until the input
 * ends, then drains, ends the session and returns. Returns at once when the client closes `output`.
 */
export async function runBridge(options: BridgeOptions): Promise<void> {
  const {
    backendUrl,
    input,
    output,
    signal,
    clientGone,
    drainTimeout = 10_000,
    retryWindow = 20_000,
    maxMessageBytes = 64 << 20,
  } = options;
  // What the backend does again and again is not told again and again.
  const log = limitRepeats(options.log);
  const stop = new AbortController();
  const writer = createLineWriter(output);
  const pending = createPendingRequests(writer.write);
  const { start } = options;
  let instant: InstantStart | undefined = undefined;
  let modernStart: ModernStart | undefined = undefined;
  const { authorizer, whenWritable, isWaiting } = awaitedAuthorization(options.authorizer, {
    patience: start?.startGrace,
    onPatienceLost() {
      instant?.signInIsPending();
      modernStart?.signInIsPending();
    },
    onSettled() {
      instant?.signInIsOver();
      modernStart?.signInIsOver();
    },
  });
  const context: BridgeContext = {
    url: backendUrl,
    http: createBackendHttp({
      url: backendUrl,
      authorizer,
      connections: options.connections,
      times: options.connectionTimes,
      headers: options.headers,
      cookies: options.cookies ?? true,
      connectTimeout: options.connectTimeout,
    }),
    pending,
    serverRequests: createBackendRequests(),
    toClient: writer.write,
    whenWritable: writer.whenWritable,
    isAuthorizing: isWaiting,
    log,
    maxMessageBytes,
    acceptTimeout: options.acceptTimeout ?? 30_000,
    orderTimeout: options.orderTimeout ?? 10_000,
    limits: await requestLimits(options.requestTimeout ?? 0),
    retryWindow,
    keepAlive: options.keepAlive ?? 0,
    stop: stop.signal,
  };
  const tools = createToolFilter({
    allow: options.allowTools ?? [],
    ignore: options.ignoreTools ?? [],
  });
  const isTranslating = (options.protocol ?? "auto") === "auto";
  const transport = options.transport ?? "auto";
  const createLegacy = (context: BridgeContext) =>
    chooseLegacyEra(transport, { context, onChosen() {} });
  let choice: LegacyChoice | undefined;
  let modernChoice: ModernChoice | undefined = undefined;
  const native = await chooseLegacyEra(transport, {
    context,
    onChosen(era) {
      const user = choice ?? instant;
      if (user) user.use(era);
      else carriers.legacy = era;
    },
  });
  const memory = start && eraMemory(start);
  if (isTranslating) choice = createLegacyChoice({ context, native, memory });
  const era = choice ?? native;
  const waiting = start && { context, settings: start, isAuthorizing: isWaiting };
  if (waiting) instant = createInstantStart({ ...waiting, era });
  const carriers: FromClientOptions = {
    context,
    legacy: instant ?? era,
    modern: createLazyModernEra(async () => {
      const { createModernEra } = await import("./modern/modern_era.ts");
      let modern: ModernEra = createModernEra(context);
      if (isTranslating) {
        const { createModernChoice } = await import("./modern_choice.ts");
        modern = modernChoice = createModernChoice({
          context,
          native: modern,
          createLegacy,
          memory,
        });
      }
      if (!waiting) return modern;
      const { createModernStart } = await import("./start/modern_start.ts");
      return modernStart = createModernStart({ ...waiting, era: modern });
    }),
    tools,
    declare: options.declare,
    isOwnTool: (name) => (instant?.isOwnTool(name) || modernStart?.isOwnTool(name)) ?? false,
  };

  const lines = createLineReader({
    maxBytes: maxMessageBytes,
    onLine: (line) => fromClient(line, carriers),
    onTooLong: () => context.toClient(tooLongAnswer(maxMessageBytes)),
  });
  const nobodyReads = AbortSignal.any([writer.closed, ...clientGone ? [clientGone] : []]);
  await readInput(input, {
    reader: lines,
    whenWritable,
    signal: AbortSignal.any([signal, nobodyReads]),
  });

  const patience = AbortSignal.any([
    nobodyReads,
    AbortSignal.timeout(drainTimeout),
    // A client that has closed its output and sends a signal then does not wait any more.
    ...signal.aborted ? [] : [signal],
  ]);
  await Promise.race([
    Promise.all([pending.idle(), carriers.legacy.flushed(), carriers.modern.flushed()]),
    aborted(patience),
  ]);
  pending.abort(({ sentAt }, failure) =>
    bridgeEnded({ isSent: sentAt !== 0, failure, isUnauthorized: isWaiting() })
  );
  const leaving = AbortSignal.timeout(deleteTimeout);
  await Promise.all([carriers.legacy.end(leaving), endModern(modernChoice, leaving)])
    .catch((error) => log.debug(`the session was not ended: ${describe(error)}`));
  stop.abort(bridgeEnded({ isSent: false, isUnauthorized: false }));
  await Promise.race([writer.flushed(), pause(flushTimeout, writer.closed).catch(() => {})]);
  log.flush();
}

/** Loaded only where there is a limit. */
async function requestLimits(timeout: number): Promise<RequestLimits | undefined> {
  if (timeout === 0) return undefined;
  return (await import("./request_limits.ts")).createRequestLimits(timeout);
}

async function chooseLegacyEra(
  transport: Transport,
  { context, onChosen }: Pick<AutoEraOptions, "context" | "onChosen">,
): Promise<LegacyEra> {
  if (transport === "sse") return (await import("./sse/sse_era.ts")).createSseEra(context);
  const streamable = createLegacyEra(context);
  return transport === "http" ? streamable : createAutoEra({ context, streamable, onChosen });
}

function eraMemory({ memory, mode }: StartSettings): EraMemory {
  return {
    isAskedFirst: mode === "always",
    recallVerdict: () => memory.recallVerdict(),
    noteVerdict: (verdict) => memory.noteVerdict(verdict),
  };
}

async function endModern(choice: ModernChoice | undefined, signal: AbortSignal): Promise<void> {
  await choice?.end(signal);
}

/** Loaded with the first message of that era: most clients speak but one. */
function createLazyModernEra(load: () => Promise<ModernEra>): ModernEra {
  let loading: Promise<ModernEra> | undefined;
  const loaded = () => loading ??= load();
  return {
    request: async (exchange) => await (await loaded()).request(exchange),
    send: (message) => void loaded().then((era) => era.send(message)),
    flushed: async () => await (await loading)?.flushed(),
  };
}
