import assert from "node:assert/strict";
import { checkConnection } from "../../../src/bridge/http/connection_check.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { openBody } from "../bridge_parts.ts";

type Outcome = "answer" | "failure" | "silence";

/** A connection on which questions come to these outcomes, one after the other. */
function connection(outcomes: Outcome[]) {
  const asked: { url: string; init: RequestInit }[] = [];
  const bodies: ReturnType<typeof openBody>[] = [];
  const send = (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    asked.push({ url: String(url), init });
    switch (outcomes[asked.length - 1]) {
      case "answer": {
        const body = openBody();
        bodies.push(body);
        return Promise.resolve(new Response(body.body, { status: 405 }));
      }
      case "failure":
        return Promise.reject(new TypeError("no route"));
      default:
        return new Promise((_, reject) => {
          init.signal!.addEventListener("abort", () => reject(init.signal!.reason));
        });
    }
  };
  return { send: send as typeof fetch, asked, bodies };
}

async function check(here: Outcome[], there: Outcome[]) {
  using time = new FakeTime();
  const [old, fresh] = [connection(here), connection(there)];
  let verdict: string | undefined;
  checkConnection({
    url: new URL("https://backend.test/mcp"),
    connections: { fetch: old.send, fetchAlone: fresh.send, replace() {} },
    timeout: 1_000,
    signal: new AbortController().signal,
  }).then((it) => verdict = it);
  let took = 0;
  while (verdict === undefined) {
    await time.pass(500);
    took += 500;
  }
  return { verdict, took, asked: [old.asked.length, fresh.asked.length], old, fresh, time };
}

Deno.test("a connection is dead when it is silent twice while a new one answers", async () => {
  const rows: [Outcome[], Outcome[], verdict: string, asked: number][] = [
    [["answer"], ["answer"], "alive", 1],
    [["answer"], ["silence"], "alive", 1],
    [["failure"], ["answer"], "alive", 1],
    [["silence"], ["silence"], "unknown", 1],
    [["silence"], ["failure"], "unknown", 1],
    [["silence", "answer"], ["answer", "answer"], "alive", 2],
    [["silence", "silence"], ["answer", "failure"], "unknown", 2],
    [["silence", "silence"], ["answer", "answer"], "dead", 2],
  ];
  for (const [here, there, expected, rounds] of rows) {
    const { verdict, asked } = await check(here, there);
    assert.equal(verdict, expected, `${here} / ${there}`);
    assert.deepEqual(asked, [rounds, rounds], `${here} / ${there}`);
  }
});

Deno.test("a question has its time, no effect, and its answer is let go of", async () => {
  const { took, old, fresh } = await check(["silence", "answer"], ["answer", "answer"]);
  assert.ok(took >= 1_000 && took <= 1_500, `${took} ms`);
  const [{ url, init }] = fresh.asked as [typeof fresh.asked[number]];
  assert.equal(url, "https://backend.test/mcp");
  assert.deepEqual({ method: init.method, redirect: init.redirect }, {
    method: "OPTIONS",
    redirect: "manual",
  });
  assert.deepEqual(
    [...fresh.bodies, ...old.bodies].map(({ cancelled }) => cancelled.length),
    [1, 1, 1],
  );
});

Deno.test("a question that is answered leaves nothing to wait for", async () => {
  const { time } = await check(["answer"], ["answer"]);
  assert.equal(time.isAwaited, false);
});

Deno.test("whoever ends the questions learns nothing from them", async () => {
  const ending = new AbortController();
  const silent = () => connection(["silence"]);
  const checking = checkConnection({
    url: new URL("https://backend.test/mcp"),
    connections: { fetch: silent().send, fetchAlone: silent().send, replace() {} },
    timeout: 60_000,
    signal: ending.signal,
  });
  ending.abort();
  assert.equal(await checking, "alive", "a question that fails is no silence");
});
