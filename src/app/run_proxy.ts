import { aborted } from "../base/abortable.ts";
import { type BridgeOptions, runBridge } from "../bridge/bridge.ts";
import { adviceText } from "../base/errors.ts";
import { unusableProxyVariables } from "../net/proxy.ts";
import { createConnections } from "../net/http_client.ts";
import { type Log, writeToStderr } from "../base/log.ts";
import { createBackendAuthorizer } from "./backend_authorizer.ts";
import { backendHeaders } from "./backend_headers.ts";
import { banner } from "./banner.ts";
import { cacheDirectory } from "./cache_directory.ts";
import { collectWhenIdle } from "./collect_when_idle.ts";
import { backendMemory, createAccess, discoversConfiguration, scopesOf } from "./access.ts";
import { dropPermissions } from "../platform/drop_permissions.ts";
import { requirePermissions } from "../platform/missing_permission.ts";
import { requireHttps } from "./require_https.ts";
import { requireSettings } from "../settings/required_settings.ts";
import { listenForStopSignals } from "../platform/stop_signals.ts";
import { watchParent } from "../platform/parent_watch.ts";
import type { FlagTexts } from "../settings/options.ts";
import type { Settings } from "../settings/settings.ts";
import { readTextFile } from "../base/read_file.ts";

/** What stands for a setting that is found out. */
const asTheBackendSays = "as the backend says";

/** What {@linkcode runProxy} needs besides the settings. */
export interface RunProxyOptions {
  /** Where it says what it does. */
  log: Log;
  /** The settings as they were written. */
  texts: FlagTexts;
}

/** The command without a name: bridges stdio to the backend until the client leaves. */
export async function runProxy(
  given: Settings,
  { log, texts }: RunProxyOptions,
): Promise<void> {
  const settings = requireSettings(
    given,
    // With a backend, the rest can be asked of it.
    given.backendUrl ? ["backendUrl"] : ["backendUrl", "oidcIssuerUrl", "oidcClientId"],
  );
  const cacheDir = cacheDirectory(settings.cacheDir);
  requirePermissions({ urls: [settings.backendUrl, settings.oidcIssuerUrl], cacheDir });
  dropPermissions({
    keychain: settings.credentialEncryption === "keychain",
    // A terminal, where a URL can be pasted, is read by another program too.
    browser: !settings.noBrowser || Deno.stderr.isTerminal(),
  });
  if (requireHttps(settings.backendUrl, settings.allowHttp)) {
    log.warn(`the token travels to ${settings.backendUrl.origin} in the clear (--allow-http)`);
  }
  const connections = await createConnections(settings);
  const { fetch } = connections;
  for (const name of unusableProxyVariables()) {
    log.warn(adviceText({
      what: `${name} names no proxy that can be used, so that it is left out`,
      fix: `set ${name} to something like http://proxy.company.com:3128, or unset it`,
    }));
  }
  const headers = await backendHeaders({
    ...settings,
    getEnv: (name) => Deno.env.get(name),
    readTextFile,
  });
  using stop = listenForStopSignals();
  using parent = watchParent();
  const end = AbortSignal.any([stop.signal, parent.signal]);
  const access = createAccess(settings, log);
  const { source, signIn, configure } = access;
  let leaving: Promise<boolean> | undefined;
  /** Has another process stand by for a sign-in that this one has begun; true when one does. */
  const leave = async (): Promise<boolean> => {
    if (source.isElsewhere()) return true;
    if (!leaving && (settings.noLinger || !source.isSigningIn())) return false;
    const { handOver } = await import("./hand_over.ts");
    return await (leaving ??= handOver(settings, { texts, source, cacheDir, log }));
  };
  using input = collectWhenIdle(Deno.stdin, { onEnd: leave });
  end.addEventListener("abort", async () => {
    // The tab is listened for until the other process can; who waits here for the sign-in waits no
    // longer then, so that the program ends before it is killed.
    if (!await leave()) return;
    await memory.flush();
    await source.close();
  });
  const memory = backendMemory(settings, { source, headers, log });
  try {
    if (discoversConfiguration(settings)) {
      const { discoverConfiguration } = await import("./discover_configuration.ts");
      await discoverConfiguration(settings, { source, configure, signal: end });
    }
    // It is for people who watch: no line of a log.
    const isWatched = settings.logLevel !== "warn" && settings.logFormat === "text";
    if (!settings.noBanner && !settings.silent && isWatched) {
      writeToStderr(banner({
        backendUrl: settings.backendUrl,
        issuer: texts.oidcIssuerUrl ?? asTheBackendSays,
        clientId: settings.oidcClientId ?? "registered by itself",
        scopes: settings.oidcIssuerUrl || texts.oidcScopes !== undefined
          ? scopesOf(settings)
          : [asTheBackendSays],
        cacheDir,
        atTerminal: Deno.stdin.isTerminal(),
      }));
    }
    let isStoreRefused = false;
    source.ready.catch(() => isStoreRefused = true);
    const bridged = runBridge({
      backendUrl: settings.backendUrl,
      authorizer: createBackendAuthorizer(settings, { access, fetch, log }),
      log: {
        ...log,
        // That ends the program, with one line about it.
        error: (message) => isStoreRefused || log.error(message),
      },
      input,
      output: Deno.stdout,
      signal: stop.signal,
      clientGone: parent.signal,
      connections,
      start: settings.instantStart === "off" ? undefined : {
        mode: settings.instantStart,
        eagerLogin: settings.eagerLogin,
        startGrace: settings.startGrace * 1000,
        begunAt: 0,
        listGrace: settings.listGrace * 1000,
        memory,
        signIn,
      },
      transport: settings.transport,
      declare: await declarations(settings),
      protocol: settings.protocol,
      headers,
      cookies: !settings.noCookies,
      keepAlive: settings.keepAlive * 1000,
      connectTimeout: settings.connectTimeout * 1000,
      requestTimeout: settings.requestTimeout * 1000,
      retryWindow: settings.retryWindow * 1000,
      maxMessageBytes: settings.maxMessageBytes,
      allowTools: settings.allowTools,
      ignoreTools: settings.ignoreTools,
    });
    // A store that must not be used ends the program; one that is merely slow keeps nobody waiting.
    await Promise.race([bridged, rejection(source.ready)]);
    // The person may still be at the provider's page: finishing makes the next start instant. Where
    // no other process can do that and the client was killed, the next start goes on with it.
    if (!end.aborted && !parent.mayBeGone) {
      const left = source.begun().then(leave).then((isLeft) => isLeft || new Promise(() => {}));
      await Promise.race([source.settled(), aborted(end), left]);
    }
  } finally {
    await leave();
    await memory.flush();
    await source.close();
  }
}

/** What the protocol wants declared of what is done here; nothing is loaded for nothing. */
async function declarations({ backendClientId }: Settings): Promise<BridgeOptions["declare"]> {
  if (backendClientId === undefined) return undefined;
  const { declareExtension } = await import("../bridge/declare_extension.ts");
  return declareExtension("io.modelcontextprotocol/enterprise-managed-authorization");
}

/** Settles only if the promise fails. */
function rejection(promise: Promise<void>): Promise<never> {
  return new Promise((_, reject) => promise.catch(reject));
}
