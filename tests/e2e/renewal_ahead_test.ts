import { callWhileTokensRunOut } from "./renewal_ahead.ts";

Deno.test("no call waits for a refresh: renewal begins when the old token still works", async () => {
  await callWhileTokensRunOut({ lifetime: 8, duration: 10_000 });
});
