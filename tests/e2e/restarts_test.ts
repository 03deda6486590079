import { restartAtRandom } from "./restarts.ts";

Deno.test("clients that kill and start the program at random see one tab at a time, and no refresh token is used twice", () =>
  restartAtRandom({ clients: 6, duration: 5_000, respite: 200 }));
