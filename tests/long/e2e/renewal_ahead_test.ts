import { callWhileTokensRunOut } from "../../e2e/renewal_ahead.ts";

Deno.test("10-second tokens, one call every 100 ms for 60 s: no call waits for a refresh", async () => {
  const { median, slowest } = await callWhileTokensRunOut({ lifetime: 10, duration: 60_000 });
  // Not asserted: what else the machine does decides it.
  console.log(`the slowest call took ${(slowest / median).toFixed(1)} times the median`);
});
