/**
 * The processes that go on with a sign-in when the client has ended the program.
 *
 * @module
 */
import { until } from "./until.ts";

/** The ids of those whose store lies in this home. */
export async function lingering(home: string): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-ww", "-eo", "pid=,args="] }).output();
  return new TextDecoder().decode(stdout).split("\n")
    .filter((line) => line.includes("--finish-sign-in") && line.includes(home))
    .map((line) => parseInt(line));
}

/** Waits until a redirect URL is listened on again: it is not while one process follows another. */
export async function isListenedOn({ hostname, port }: URL): Promise<void> {
  await until(async () => {
    try {
      using _connection = await Deno.connect({ hostname, port: Number(port) });
      return true;
    } catch {
      return false;
    }
  }, `somebody who listens on ${port}`);
}

/** Waits until there is none any more. */
export async function lingersNoMore(home: string): Promise<void> {
  await until(
    async () => (await lingering(home)).length === 0,
    "the end of the process that went on with the sign-in",
  );
}

/** Ends those that a failed test has left, when it is disposed. */
export function endLingering(home: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      for (const pid of await lingering(home)) {
        try {
          Deno.kill(pid, "SIGKILL");
        } catch {
          // It has ended meanwhile.
        }
      }
    },
  };
}
