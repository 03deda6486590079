import assert from "node:assert/strict";
import { discoverConfiguration } from "../../src/app/discover_configuration.ts";
import { ProxyError, type ProxyErrorDetails } from "../../src/base/errors.ts";
import type { CredentialSource } from "../../src/credentials/credential_source.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";

const { settings } = await resolveSettings({
  flags: { backendUrl: "https://mcp.company.com/" },
  getEnv: () => undefined,
  readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
});

const failure = (details: Partial<ProxyErrorDetails>) =>
  new ProxyError({
    category: "Authentication error",
    what: "it failed",
    fix: "mend it",
    reason: "other",
    ...details,
  });
const signedOut = failure({ reason: "signed_out" });

interface Given {
  /** What asking for the credential brings; a credential without an error. */
  current?: unknown;
  configure?: (signal: AbortSignal) => Promise<void>;
  signal?: AbortSignal;
  given?: typeof settings;
}

/** What was asked for, in its order. */
async function discover({ current, configure, signal, given = settings }: Given) {
  const asked: string[] = [];
  const end = signal ?? new AbortController().signal;
  const source = {
    current(request) {
      assert.deepEqual(request, { interactive: false, signal: end });
      asked.push("credential");
      return current === undefined ? Promise.resolve({}) : Promise.reject(current);
    },
  } as Pick<CredentialSource, "current"> as CredentialSource;
  await discoverConfiguration(given, {
    source,
    configure: async (signal) => {
      assert.equal(signal, end);
      asked.push("configuration");
      await configure?.(signal);
    },
    signal: end,
  });
  return asked;
}

Deno.test("with a credential nothing is found out before it is needed", async () => {
  assert.deepEqual(await discover({}), ["credential"]);
});

Deno.test("without one it is found out, and what else is wrong with the store told by others", async () => {
  assert.deepEqual(await discover({ current: signedOut }), ["credential", "configuration"]);
  assert.deepEqual(await discover({ current: failure({ reason: "store_locked" }) }), [
    "credential",
  ]);
  assert.deepEqual(await discover({ current: new Error("broken") }), ["credential"]);
});

Deno.test("whoever gave up hears of that alone", async () => {
  const reason = new Error("given up");
  await assert.rejects(
    discover({ current: signedOut, signal: AbortSignal.abort(reason) }),
    reason,
  );
  const controller = new AbortController();
  const configure = () => {
    controller.abort(reason);
    return Promise.reject(failure({}));
  };
  await assert.rejects(
    discover({ current: signedOut, configure, signal: controller.signal }),
    reason,
  );
});

const failing = (error: unknown, given?: typeof settings) =>
  discover({ current: signedOut, configure: () => Promise.reject(error), given });

Deno.test("what cannot be found out is told as missing, with what asking for it brought", async () => {
  await assert.rejects(failing(failure({ category: "Network error", what: "no answer" })), {
    category: "Configuration error",
    reason: "missing_setting",
    what: "missing settings: OIDC_ISSUER_URL (issuer of the OpenID Provider, unless the backend " +
      "advertises it), OIDC_CLIENT_ID (client id registered at the provider, unless it registers " +
      "clients by itself); the backend was asked for them: no answer",
    fix:
      "pass --oidc-issuer-url or set OIDC_ISSUER_URL; pass --oidc-client-id or set OIDC_CLIENT_ID",
  });
});

Deno.test("an error that says what to set, or is our own, is told as it is", async () => {
  for (const reason of ["several_providers", "resource_mismatch", "issuer_mismatch"]) {
    const error = failure({ reason });
    await assert.rejects(failing(error), error);
  }
  const own = failure({ category: "Internal error" });
  await assert.rejects(failing(own), own);
});

Deno.test("where nothing is missing, the error is what asking brought", async () => {
  const error = failure({});
  const complete = {
    ...settings,
    oidcIssuerUrl: new URL("https://auth.company.com"),
    oidcClientId: "x",
  };
  await assert.rejects(failing(error, complete), error);
  await assert.rejects(failing(error, { ...complete, oidcClientId: undefined }), {
    reason: "missing_setting",
    what: /OIDC_CLIENT_ID .*; the backend was asked for them: it failed$/,
  });
});
