import assert from "node:assert/strict";
import { cancelledNotification } from "../../../src/bridge/jsonrpc/cancelled_notification.ts";
import { textOf } from "../bridge_parts.ts";

Deno.test("a cancellation names its request as it was written, and why", () => {
  assert.equal(
    textOf(cancelledNotification("1.0", 'it is "late"')),
    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1.0,' +
      '"reason":"it is \\"late\\""}}',
  );
});
