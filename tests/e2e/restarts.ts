/**
 * What clients do to the program at their worst: many of them, each killing and starting it again
 * at random, while tokens run out every few seconds and the person signs in whenever they are asked.
 *
 * @module
 */
import assert from "node:assert/strict";
import { startCompany } from "../support/company.ts";
import { createPerson } from "../support/person.ts";
import { type Program, runProgram } from "../support/program.ts";

/** How bad it gets. */
export interface RestartsOptions {
  /** How many clients there are. */
  clients: number;
  /** How long it goes on, in milliseconds. */
  duration: number;
  /** How long it takes until the next process is killed, on average, in milliseconds. */
  respite: number;
}

/** A tab of the browser, from its opening to its last page. */
interface Tab {
  /** Whether its answer reached a process of ours: then it is of no more use. */
  answered: boolean;
}

/** Goes on like that for a while, and asserts that nobody had reason to complain. */
export async function restartAtRandom(
  { clients, duration, respite }: RestartsOptions,
): Promise<void> {
  await using company = await startCompany({ provider: { accessTokenTtl: 3 } });
  const { provider, gateway, browser } = company;
  // A provider that takes its time makes it likelier that a kill hits in the middle.
  provider.intercept(async ({ endpoint }) => {
    if (endpoint === "token") await pause(150);
    return undefined;
  });
  // On a busy machine everything takes longer: kill at the same point of a life, not sooner.
  const slowness = await measureSlowness(() =>
    runProgram(company.settings({ args: ["--version"] }))
  );
  const end = Date.now() + duration * slowness;
  const running = new Set<Program>();
  const complaints: string[] = [];
  const calls = { succeeded: 0, killed: 0 };

  async function client(): Promise<void> {
    while (Date.now() < end) {
      const program = await company.start({ patience: 60_000 });
      running.add(program);
      try {
        await use(program);
      } catch (error) {
        const { signal } = await program.exit;
        if (signal !== "SIGKILL") complaints.push(String(error));
      } finally {
        running.delete(program);
        await program[Symbol.asyncDispose]();
      }
    }
  }

  async function use(program: Program): Promise<void> {
    await program.initialize();
    while (Date.now() < end) {
      const { error } = await program.request("tools/call", {
        name: "echo",
        arguments: { message: "still here" },
      });
      if (error) complaints.push(error.message);
      else calls.succeeded++;
      await pause(50);
    }
  }

  async function killer(): Promise<void> {
    while (Date.now() < end) {
      await pause(respite * (0.5 + Math.random()) * slowness);
      const programs = [...running];
      if (programs.length === 0) continue;
      programs[Math.floor(Math.random() * programs.length)].kill("SIGKILL");
      calls.killed++;
    }
  }

  const tabs: Tab[] = [];
  const pages: Promise<void>[] = [];
  async function person(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const opened = browser.opened(duration * slowness + 60_000).catch(() => undefined);
      const url = await Promise.race([opened, aborted(over)]);
      if (!url) return;
      if (tabs.some((tab) => !tab.answered)) complaints.push("a second tab opened");
      const tab = { answered: false };
      tabs.push(tab);
      pages.push(signIn(url, tab, over));
    }
  }

  const over = new AbortController();
  const watching = person(over.signal);
  await Promise.all([killer(), ...Array.from({ length: clients }, client)]);

  // When the storm is over, all is well: nobody has to sign in again.
  const tabsBefore = tabs.length;
  await Promise.all(Array.from({ length: 3 }, async () => {
    await using program = await company.start();
    await program.initialize();
    const { error } = await program.request("tools/list");
    if (error) complaints.push(error.message);
  }));
  // Nobody was taken for a thief: the grant is alive, its refresh token good.
  gateway.distrust(provider.secrets.access_token);
  await using last = await company.start();
  await last.initialize();
  assert.ok((await last.request("tools/list")).result);
  over.abort();
  await watching;
  await Promise.all(pages);

  assert.deepEqual(complaints, []);
  assert.ok(calls.killed > 0 && calls.succeeded > 0, JSON.stringify(calls));
  const spent = provider.requests.filter(({ grantType }) => grantType === "refresh_token")
    .map(({ parameters }) => parameters.get("refresh_token"));
  assert.ok(spent.length > 0, "tokens were refreshed meanwhile");
  assert.equal(new Set(spent).size, spent.length, "no refresh token was used twice");
  assert.equal(provider.count("authorization"), tabs.length, "one authorization request a tab");
  // The process that was killed last may have been in the middle of a refresh.
  assert.ok(tabs.length - tabsBefore <= 1);
}

/** The person signs in, and reloads whichever page it is for as long as nobody listens there. */
async function signIn(url: URL, tab: Tab, over: AbortSignal): Promise<void> {
  let callback: URL | undefined;
  const person = createPerson({
    stopBefore(next) {
      if (next.pathname === "/auth/callback") callback = next;
      return callback !== undefined;
    },
  });
  while (!over.aborted && !callback) {
    try {
      await person.visit(url);
      assert.ok(callback, "the provider sent them back");
    } catch (error) {
      if (!/refused|reset|closed/i.test(wordsOf(error))) throw error;
      await pause(100);
    }
  }
  while (!over.aborted && callback) {
    try {
      const response = await fetch(callback, { headers: { cookie: person.cookies(callback) } });
      await response.body?.cancel();
      tab.answered = true;
      return;
    } catch (error) {
      // Whoever took the answer and died in the middle has used the code up.
      if (!/refused/i.test(wordsOf(error))) tab.answered = true;
      await pause(100);
    }
  }
}

/** What is said of an error, and of its cause: of some requests that fail only that says why. */
function wordsOf(error: unknown): string {
  return error instanceof Error && error.cause ? `${error}: ${error.cause}` : String(error);
}

/** How much longer than on a quiet machine a start of the program takes, from 1 to 3. */
async function measureSlowness(start: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await start();
  return Math.min(3, Math.max(1, (performance.now() - before) / 100));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
}
