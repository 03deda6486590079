import assert from "node:assert/strict";
import { isLoopback, isThisMachine } from "../../src/base/is_loopback.ts";

const rows: [host: string, isLoopback: boolean, isThisMachine: boolean][] = [
  ["localhost", true, true],
  ["[::1]", true, true],
  ["127.0.0.1", true, true],
  ["127.255.255.254", true, true],
  ["localhost.", false, true],
  ["127.0.0.1.", false, true],
  ["a.localhost", false, true],
  ["a.b.localhost.", false, true],
  ["0.0.0.0", false, true],
  ["[::]", false, true],
  ["[::ffff:7f00:1]", false, true],
  ["[::ffff:7fff:ffff]", false, true],
  ["[::ffff:0:0]", false, true],
  ["localhost..", false, false],
  ["notlocalhost", false, false],
  ["localhost.evil.test", false, false],
  [".localhost.evil.test", false, false],
  ["127.0.0", false, false],
  ["127.0.0.1.1", false, false],
  ["127.0.0.1.evil.test", false, false],
  ["1127.0.0.1", false, false],
  ["x.127.0.0.1", false, false],
  ["128.0.0.1", false, false],
  ["::1", false, false],
  ["[::2]", false, false],
  ["0.0.0.1", false, false],
  ["[::ffff:8000:1]", false, false],
  ["[::ffff:0:1]", false, false],
  ["x[::ffff:0:0]", false, false],
  ["[::ffff:0:0]x", false, false],
  ["", false, false],
];
for (const [host, loopback, thisMachine] of rows) {
  Deno.test(`whether ${JSON.stringify(host)} is loopback, and this machine`, () => {
    assert.deepEqual([isLoopback(host), isThisMachine(host)], [loopback, thisMachine]);
  });
}
