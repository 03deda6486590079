/**
 * What the redirect listener answers to whom, and which address and port it is on.
 *
 * @module
 */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { openRedirectListener } from "../../../src/oidc/flows/open_redirect_listener.ts";
import {
  listenForRedirect,
  type RedirectListenerOptions,
} from "../../../src/oidc/flows/redirect_listener.ts";
import { freePort } from "../../support/free_port.ts";
import { skipWaits } from "../../support/skipped_waits.ts";
import { within } from "../../support/within.ts";
import { failure } from "../rig.ts";

const here: RedirectListenerOptions = {
  handle: () => new Response("here"),
  refuse: () => new Response("no", { status: 404 }),
};

async function ask(port: number, head: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(`${head}\r\n\r\n`));
  let text = "";
  for await (const chunk of connection.readable.pipeThrough(new TextDecoderStream())) text += chunk;
  return text;
}

/** Sends one request to a listener at any port, and says who answered it and how. */
async function route(
  request: (host: string) => string,
  changes: Partial<RedirectListenerOptions> = {},
) {
  const calls: unknown[] = [];
  const listener = listenForRedirect(new URL("http://127.0.0.1:0/cb?x=1"), {
    handle: (request) => {
      calls.push(["handle", new URL(request.url).search]);
      return Promise.resolve(new Response("handled"));
    },
    handleOther: (request, { peer, own }) => {
      calls.push(["other", new URL(request.url).pathname, peer.hostname, own.port > 0]);
      return new URL(request.url).pathname === "/nothing" ? undefined : new Response("other");
    },
    refuse: ({ redirectUrl, path, wrongMethod }) => {
      calls.push(["refuse", redirectUrl.href === listener.redirectUrl, path, wrongMethod]);
      return new Response("refused", { status: wrongMethod ? 405 : 404 });
    },
    ...changes,
  });
  const { host, port } = new URL(listener.redirectUrl);
  const answer = await ask(Number(port), request(host));
  await listener[Symbol.asyncDispose]();
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(answer)!;
  return { calls, status: Number(status), answer };
}

Deno.test("each request is answered by whom it is for", async () => {
  const get = (target: string, more = "") => (host: string) =>
    `GET ${target} HTTP/1.1\r\nhost: ${host}${more}`;
  /** Another site whose name leads here. */
  const elsewhere = (host: string) => host.replace("127.0.0.1", "localhost");
  const rows: [(host: string) => string, calls: unknown[], status: number][] = [
    [get("/cb?code=c"), [["handle", "?code=c"]], 200],
    [get("/other"), [["other", "/other", "127.0.0.1", true]], 200],
    [get("/nothing"), [["other", "/nothing", "127.0.0.1", true], [
      "refuse",
      true,
      "/nothing",
      false,
    ]], 404],
    [(host) => get("/cb")(elsewhere(host)), [["refuse", true, "/cb", false]], 404],
    [() => get("/cb")("127.0.0.1"), [["refuse", true, "/cb", false]], 404],
    [(host) => get("/other")(elsewhere(host)), [["refuse", true, "/other", false]], 404],
    [(host) => `POST /cb HTTP/1.1\r\nhost: ${host}`, [["refuse", true, "/cb", true]], 405],
    [(host) => `HEAD /cb HTTP/1.1\r\nhost: ${host}`, [["refuse", true, "/cb", true]], 405],
    [(host) => `POST /other HTTP/1.1\r\nhost: ${host}`, [["refuse", true, "/other", false]], 404],
    [
      (host) => `POST /cb HTTP/1.1\r\nhost: ${elsewhere(host)}`,
      [["refuse", true, "/cb", false]],
      404,
    ],
    [get("/cb", "\r\nsec-purpose: prefetch;prerender"), [], 503],
    [get("/cb", "\r\npurpose: prefetch"), [], 503],
    [get("/other", "\r\nsec-purpose: prefetch"), [], 503],
    [get("/cb", "\r\nsec-purpose: other\r\npurpose: prefetch"), [["handle", ""]], 200],
  ];
  for (const [request, calls, status] of rows) {
    const { answer, ...routed } = await route(request);
    assert.deepEqual(routed, { calls, status }, request("host"));
    assert.equal(/\r\nallow: GET\r\n/.test(answer), status === 405);
  }
  const without = await route(get("/other"), { handleOther: undefined });
  assert.deepEqual(without.calls, [["refuse", true, "/other", false]]);
});

for (const hostname of ["127.0.0.1", "localhost"]) {
  Deno.test(`at ${hostname} an answer that is being made is sent before the port is free`, async () => {
    const answer = Promise.withResolvers<Response>();
    const asked = Promise.withResolvers<void>();
    const listener = listenForRedirect(new URL(`http://${hostname}:0/cb`), {
      ...here,
      handle: () => {
        asked.resolve();
        return answer.promise;
      },
    });
    const page = fetch(listener.redirectUrl).then((response) => response.text());
    page.catch(() => {});
    await asked.promise;
    const closing = listener[Symbol.asyncDispose]();
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    answer.resolve(new Response("in time"));
    assert.equal(await page, "in time");
    await closing;
    await assert.rejects(fetch(listener.redirectUrl));
  });
}

Deno.test("an answer that is not made is given up after two seconds", async () => {
  const asked = Promise.withResolvers<void>();
  const listener = listenForRedirect(new URL("http://127.0.0.1:0/cb"), {
    ...here,
    handle: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const page = fetch(listener.redirectUrl);
  page.catch(() => {});
  await asked.promise;
  using skipped = skipWaits();
  await within(Promise.resolve(listener[Symbol.asyncDispose]()), { what: "its end" });
  assert.ok(skipped.waits.some((wait) => wait > 1_500 && wait <= 2_000), `${skipped.waits}`);
  await assert.rejects(page);
});

/** Listens while this is what the system says to each address that is asked for. */
function listenWith(
  url: string,
  answer: (hostname: string, port: number, count: number) => Error | undefined,
) {
  const { listen } = Deno;
  const given = new URL(url);
  const asked: string[] = [];
  const open = new Set<number>();
  let next = 50_000;
  Object.assign(Deno, {
    listen({ hostname, port }: { hostname: string; port: number }) {
      asked.push(`${hostname} ${port}`);
      const error = answer(hostname, port, asked.length);
      if (error) throw error;
      const given = port || ++next;
      const id = asked.length;
      open.add(id);
      return {
        addr: { port: given },
        accept: () => new Promise(() => {}),
        close: () => open.delete(id),
      };
    },
  });
  try {
    return { listener: listenForRedirect(given, here), url: given, asked, open, error: undefined };
  } catch (error) {
    return {
      listener: undefined,
      url: given,
      asked,
      open,
      error: error as Error & { reason: string },
    };
  } finally {
    Object.assign(Deno, { listen });
  }
}

const taken = () => new Deno.errors.AddrInUse("Address already in use (os error 98)");

Deno.test("every address of the host is listened on, on one port", () => {
  const rows: [url: string, asked: string[], redirectUrl: string][] = [
    ["http://localhost:8080/cb", ["127.0.0.1 8080", "::1 8080"], "http://localhost:8080/cb"],
    ["http://localhost:0/cb", ["127.0.0.1 0", "::1 50001"], "http://localhost:50001/cb"],
    ["http://127.0.0.1:0/cb", ["127.0.0.1 0"], "http://127.0.0.1:50001/cb"],
    ["http://[::1]:8080/cb", ["::1 8080"], "http://[::1]:8080/cb"],
    ["http://127.0.0.1/cb", ["127.0.0.1 80"], "http://127.0.0.1/cb"],
  ];
  for (const [url, asked, redirectUrl] of rows) {
    const run = listenWith(url, () => undefined);
    assert.deepEqual([run.asked, run.listener?.redirectUrl], [asked, redirectUrl]);
    assert.equal(run.url.href, url, "what it was given stays what it is");
  }
});

Deno.test("a machine without ::1 listens on the other one, and no other error is passed over", () => {
  const absent = [
    new Deno.errors.AddrNotAvailable("x"),
    new Error("Address family not supported by protocol"),
    new Error("eafnosupport"),
    new Error("x (os error 97)"),
    new Error("x (os error 47)"),
    new Error("x (os error 10047)"),
  ];
  for (const error of absent) {
    const on = (host: string) =>
      listenWith("http://localhost:8080/cb", (name) => name === host ? error : undefined);
    assert.equal(on("::1").listener?.redirectUrl, "http://localhost:8080/cb", error.message);
    const { error: told } = on("127.0.0.1");
    assert.equal(told?.reason, "redirect_unavailable");
    assert.ok(told.message.includes(`: ${error.message}. Fix`), told.message);
  }
  for (const error of [new Error("x (os error 971)"), new Error("x (os error 13)"), taken()]) {
    const run = listenWith(
      "http://localhost:8080/cb",
      (name) => name === "::1" ? error : undefined,
    );
    assert.ok(run.error, error.message);
    assert.equal(run.open.size, 0, "the other half is free again");
    assert.equal(run.asked.length, 2, "a port that is set is tried once");
  }
});

Deno.test("another port is tried ten times where any will do", () => {
  const takenUpTo = (count: number) =>
    listenWith(
      "http://localhost:0/cb",
      (name, _, asked) => name === "::1" && asked <= 2 * count ? taken() : undefined,
    );
  const ninth = takenUpTo(9);
  assert.deepEqual([ninth.asked.length, ninth.open.size], [20, 2]);
  assert.equal(ninth.listener?.redirectUrl, "http://localhost:50010/cb");
  const tenth = takenUpTo(10);
  assert.deepEqual([tenth.asked.length, tenth.open.size], [20, 0]);
  assert.equal(tenth.error?.reason, "redirect_port_taken");
  const none = listenWith("http://localhost:0/cb", () => taken());
  assert.equal(none.asked.length, 1, "not where none can be had at all");
});

Deno.test("why it cannot be listened on is told, with what to do", () => {
  const messageOf = (url: string, error: unknown) => listenWith(url, () => error as Error).error!;
  const inUse = messageOf("http://127.0.0.1/cb", taken());
  assert.equal(
    inUse.message,
    "System error: port 80 of the redirect URL http://127.0.0.1/cb is taken by another program. Fix: " +
      "end that program, or register another redirect URL at the provider and set " +
      "OIDC_REDIRECT_URL to it.",
  );
  assert.equal(inUse.reason, "redirect_port_taken");
  const port = messageOf("http://127.0.0.1:8080/cb", taken());
  assert.match(port.message, /^System error: port 8080 of /);
  const denied = messageOf("http://127.0.0.1:8080/cb", new Error("Permission denied"));
  assert.equal(
    denied.message,
    "System error: cannot listen on the redirect URL http://127.0.0.1:8080/cb: Permission denied. " +
      "Fix: set OIDC_REDIRECT_URL to an address and port that can be listened on.",
  );
  assert.equal(denied.reason, "redirect_unavailable");
  assert.match(messageOf("http://127.0.0.1:8080/cb", "thrown").message, /: thrown\. Fix/);
});

/** Our own processes' claims on ports: those that are held are had only by waiting. */
function claims(held: number[] = []) {
  const order: string[] = [];
  return {
    order,
    reservePort(port: number, { wait }: { wait: boolean }) {
      order.push(`${wait ? "wait" : "ask"} ${port}`);
      if (held.includes(port) && !wait) return Promise.resolve(undefined);
      return Promise.resolve({
        async [Symbol.asyncDispose]() {
          await setImmediate();
          order.push(`release ${port}`);
        },
      });
    },
  };
}
const at = (port: number) => new URL(`http://127.0.0.1:${port}/cb`);

Deno.test("the first redirect URL whose port is free is listened on", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [used, free] = [other.addr.port, freePort()];
  const { order, reservePort } = claims();
  const listener = await openRedirectListener([at(used), at(free)], { ...here, reservePort });
  assert.equal(listener.redirectUrl, at(free).href);
  assert.deepEqual(order, [`ask ${used}`, `release ${used}`, `ask ${free}`]);
  assert.equal(await (await fetch(listener.redirectUrl)).text(), "here");
  await listener[Symbol.asyncDispose]();
  assert.equal(order.at(-1), `release ${free}`);
  await assert.rejects(fetch(listener.redirectUrl));
  const unclaimed = await openRedirectListener([at(used), at(free)], here);
  assert.equal(unclaimed.redirectUrl, at(free).href);
  await unclaimed[Symbol.asyncDispose]();
});

Deno.test("a port that our own sign-ins have is waited for when no other is free, the first alone", async () => {
  const [one, two] = [freePort(), freePort()];
  const held = claims([one, two]);
  const waited = await openRedirectListener([at(one), at(two)], {
    ...here,
    reservePort: held.reservePort,
  });
  assert.equal(waited.redirectUrl, at(one).href);
  assert.deepEqual(held.order, [`ask ${one}`, `ask ${two}`, `wait ${one}`]);
  await waited[Symbol.asyncDispose]();
  const half = claims([one]);
  const other = await openRedirectListener([at(one), at(two)], {
    ...here,
    reservePort: half.reservePort,
  });
  assert.equal(other.redirectUrl, at(two).href);
  await other[Symbol.asyncDispose]();
  const any = claims();
  const free = await openRedirectListener([at(0)], { ...here, reservePort: any.reservePort });
  assert.deepEqual(any.order, [], "a port that nobody knows is nobody's");
  await free[Symbol.asyncDispose]();
});

Deno.test("a port that was waited for in vain is the last one", async () => {
  using foreign = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [one, two] = [foreign.addr.port, freePort()];
  const { order, reservePort } = claims([one, two]);
  const error = await failure(openRedirectListener([at(one), at(two)], { ...here, reservePort }));
  assert.equal(error.reason, "redirect_port_taken");
  assert.deepEqual(order, [`ask ${one}`, `ask ${two}`, `wait ${one}`, `release ${one}`]);
});

Deno.test("a port is given back when nothing is sent by it any more", async () => {
  const answer = Promise.withResolvers<Response>();
  const asked = Promise.withResolvers<void>();
  const { order, reservePort } = claims();
  const port = freePort();
  const listener = await openRedirectListener([at(port)], {
    ...here,
    reservePort,
    handle: () => {
      asked.resolve();
      return answer.promise;
    },
  });
  const page = fetch(listener.redirectUrl).then((response) => response.text());
  page.catch(() => {});
  await asked.promise;
  const closing = listener[Symbol.asyncDispose]();
  for (let turn = 0; turn < 5; turn++) await setImmediate();
  assert.deepEqual(order, [`ask ${port}`]);
  answer.resolve(new Response("in time"));
  assert.equal(await page, "in time");
  await closing;
  assert.deepEqual(order, [`ask ${port}`, `release ${port}`]);
});

Deno.test("where every port is another program's, the first is told of", async () => {
  using first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using second = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [one, two] = [first.addr.port, second.addr.port];
  const { order, reservePort } = claims([two]);
  const error = await failure(openRedirectListener([at(one), at(two)], { ...here, reservePort }));
  assert.ok(error.what.includes(at(one).href), error.what);
  assert.deepEqual(order, [
    `ask ${one}`,
    `release ${one}`,
    `ask ${two}`,
    `wait ${two}`,
    `release ${two}`,
  ]);
});

Deno.test("a redirect URL without a port is one at port 80", async () => {
  const { order, reservePort } = claims();
  const { listen } = Deno;
  Object.assign(Deno, {
    listen: () => {
      throw taken();
    },
  });
  try {
    const error = await failure(
      openRedirectListener([new URL("http://127.0.0.1/cb")], { ...here, reservePort }),
    );
    assert.equal(error.reason, "redirect_port_taken");
  } finally {
    Object.assign(Deno, { listen });
  }
  assert.deepEqual(order, ["ask 80", "release 80"]);
});
