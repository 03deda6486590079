import { callWhileTokensRunOut } from "../../e2e/renewal_ahead.ts";

Deno.test("10-second tokens, one call every 100 ms for 60 s: no call waits for a refresh", async () => {
  const { median, slowest } = await callWhileTokensRunOut({ lifetime: 10, duration: 60_000 });
  // Not asserted: a renewal takes as much of the program's one thread as about four calls, a third
  // of it for the store, and a call that comes meanwhile shares it. What else the machine does adds.
  console.log(`the slowest call took ${(slowest / median).toFixed(1)} times the median`);
});
