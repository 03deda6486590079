import assert from "node:assert/strict";
import type { DiscoveringClientOptions } from "../../../src/oidc/registration/discovery_options.ts";
import { refuseForAdvertised } from "../../../src/oidc/registration/refuse_for_advertised.ts";

const provider = { issuerUrl: "https://auth.test/" };
const backendUrl = new URL("https://mcp.test/mcp");

function refuse(
  kind: "client secret" | "initial access token",
  { given = "x", ...options }: { given?: unknown; issuerUrl?: URL },
): void {
  refuseForAdvertised({ backendUrl, ...options } as DiscoveringClientOptions, {
    provider,
    given,
    kind,
  });
}

Deno.test("a secret goes to nobody that only the backend names, and which one that is is said", () => {
  const kinds = {
    "client secret": "a client secret",
    "initial access token": "an initial access token",
  };
  for (const [kind, words] of Object.entries(kinds)) {
    for (const given of ["x", null, ""]) {
      assert.throws(() => refuse(kind as keyof typeof kinds, { given }), {
        reason: "issuer_missing",
        message:
          "Configuration error: https://mcp.test names the provider https://auth.test/, but " +
          `${words} is sent to nobody that only the backend names. Fix: set OIDC_ISSUER_URL to the ` +
          `provider that gave you the ${kind}: to https://auth.test/, if that is it.`,
      });
    }
  }
});

Deno.test("a secret goes to the provider that is set", () => {
  refuse("client secret", { issuerUrl: new URL(provider.issuerUrl) });
});

Deno.test("who has no secret may be told any provider", () => {
  refuseForAdvertised({ backendUrl } as DiscoveringClientOptions, {
    provider,
    given: undefined,
    kind: "client secret",
  });
});
