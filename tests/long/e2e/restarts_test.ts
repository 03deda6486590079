import { restartAtRandom } from "../../e2e/restarts.ts";

Deno.test("20 clients that kill and start the program at random for 30 s", () =>
  restartAtRandom({ clients: 20, duration: 30_000, respite: 150 }));
