import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { bridgeEnded } from "../../src/bridge/bridge_ended.ts";

const failure = new ProxyError({
  category: "Network error",
  what: "no connection",
  fix: "check the network",
  reason: "backend_unreachable",
  httpStatus: 503,
});

const shown = ({ message, reason, httpStatus, cause }: ProxyError) =>
  [message, reason, httpStatus, cause] as const;

Deno.test("what is pending at the end is answered with what is known of it", () => {
  const unanswered = "System error: the proxy ended before the backend answered. " +
    "Fix: restart the client.";
  for (const [isSent, isUnauthorized] of [[true, true], [true, false], [false, false]] as const) {
    assert.deepEqual(
      shown(bridgeEnded({ isSent, isUnauthorized })),
      [unanswered, "proxy_ended", undefined, undefined],
    );
  }
  assert.deepEqual(
    shown(bridgeEnded({ isSent: false, isUnauthorized: true })),
    [
      "System error: the proxy ended while the request waited for a sign-in, or for a token to be " +
      "renewed. Fix: sign in, then restart the client.",
      "proxy_ended",
      undefined,
      undefined,
    ],
  );
});

Deno.test("what has failed before is answered with that", () => {
  for (const isUnauthorized of [true, false]) {
    assert.deepEqual(
      shown(bridgeEnded({ isSent: false, failure, isUnauthorized })),
      [
        "Network error: no connection; the client left before another attempt. " +
        "Fix: check the network.",
        "backend_unreachable",
        503,
        failure,
      ],
    );
    assert.deepEqual(
      shown(bridgeEnded({ isSent: true, failure, isUnauthorized })),
      [
        "Network error: the proxy ended before the backend answered; the attempt before had " +
        "failed: no connection. Fix: check the network.",
        "proxy_ended",
        undefined,
        failure,
      ],
    );
  }
});
