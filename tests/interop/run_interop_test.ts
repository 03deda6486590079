import { deepEqual, equal } from "node:assert/strict";
import type { Backend, Peer } from "./counterpart.ts";
import type { Measurement } from "./measurement.ts";
import { type InteropRun, runInterop } from "./run_interop.ts";

/** A backend that is nothing but a name, and writes what it installs. */
function fakeBackend(name: string, more: Partial<Backend> = {}): Backend {
  return {
    name,
    title: `${name}, a stand-in`,
    versions: {},
    toolchains: [],
    files: [],
    install: (directory) => Deno.writeTextFile(`${directory}/program`, name),
    start: () => Promise.reject(new Error("nobody starts it here")),
    ...more,
  };
}

/** What is measured of each, by name. */
type Cells = Record<string, Partial<Measurement>[]>;

async function runWith(
  backends: readonly Backend[],
  options: Partial<InteropRun> & { cells?: Cells } = {},
) {
  const cache = await Deno.makeTempDir({ prefix: "authful-interop-test-" });
  const measuredIn: string[] = [];
  try {
    const result = await runInterop({
      counterparts: { backends, oneEra: [], gateways: [], clients: [], providers: [], peers: [] },
      selection: { names: [], quick: false },
      measure: {
        async *backend({ name }, { directory }) {
          measuredIn.push(await Deno.readTextFile(`${directory}/program`));
          for (const cell of options.cells?.[name] ?? []) {
            yield { kind: "backend", counterpart: name, feature: "tools", ms: 1, ...cell };
          }
        },
        oneEra: () => (async function* () {})(),
        gateway: () => (async function* () {})(),
        client: () => (async function* () {})(),
        provider: () => (async function* () {})(),
        peer: () => (async function* () {})(),
      },
      expectations: {},
      cache,
      signal: new AbortController().signal,
      ...options,
    });
    return { ...result, measuredIn };
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

const works = { program: { ok: true } } as const;
const fails = { program: { ok: false, why: "it fell over" } } as const;

Deno.test("what works everywhere is green", async () => {
  const { judged, red } = await runWith([fakeBackend("one")], { cells: { one: [works] } });
  deepEqual(judged.map(({ verdict }) => verdict), ["works"]);
  equal(red, false);
});

Deno.test("a failure that nobody expected turns the run red", async () => {
  const { judged, red } = await runWith([fakeBackend("one")], { cells: { one: [fails] } });
  deepEqual(judged.map(({ verdict }) => verdict), ["new failure"]);
  equal(red, true);
});

Deno.test("a failure that is on the list does not, and says its case", async () => {
  const { judged, red } = await runWith([fakeBackend("one")], {
    cells: { one: [fails] },
    expectations: { one: { tools: "A1" } },
  });
  deepEqual(judged.map(({ verdict, expected }) => [verdict, expected]), [["known failure", "A1"]]);
  equal(red, false);
});

Deno.test("what is on the list and works turns the run red, so that it is taken off", async () => {
  const { judged, red } = await runWith([fakeBackend("one")], {
    cells: { one: [works] },
    expectations: { one: { tools: "A1" } },
  });
  deepEqual(judged.map(({ verdict }) => verdict), ["outdated expectation"]);
  equal(red, true);
});

Deno.test("a fault of the other side is one when a direct client has it as well", async () => {
  const fault = { title: "Its own race", text: [] };
  const shown = { count: 20, failed: 3, why: "the stream broke" };
  for (
    const [cell, verdict] of [
      [{ ...works, rounds: shown }, "works"],
      [{ ...fails, rounds: shown }, "known failure"],
      [{ ...fails, rounds: { count: 20, failed: 0 } }, "new failure"],
      [fails, "new failure"],
    ] as const
  ) {
    const { judged, red } = await runWith([fakeBackend("one")], {
      cells: { one: [cell] },
      expectations: { one: { tools: fault } },
    });
    deepEqual(judged.map((one) => one.verdict), [verdict]);
    equal(red, verdict === "new failure");
  }
});

Deno.test("what the backend itself cannot is neither a success nor a failure", async () => {
  const { judged, red } = await runWith([fakeBackend("one")], {
    cells: { one: [{ direct: { ok: false, why: "no such tool" } }] },
  });
  deepEqual(judged.map(({ verdict }) => verdict), ["absent"]);
  equal(red, false);
});

Deno.test("a failed installation is ignored and named, and the next one is measured", async () => {
  const { ignored, red, measuredIn } = await runWith([
    fakeBackend("one", { install: () => Promise.reject(new Error("the registry is away")) }),
    fakeBackend("two"),
  ], { cells: { two: [works] } });
  deepEqual(ignored, [{ kind: "backend", counterpart: "one", why: "the registry is away" }]);
  deepEqual(measuredIn, ["two"]);
  equal(red, false);
});

Deno.test("one that was installed and cannot be measured is a failure", async () => {
  const { judged, red } = await runWith([fakeBackend("one")], {
    measure: {
      // deno-lint-ignore require-yield
      async *backend() {
        await Promise.reject(new Error("the port is taken"));
      },
      oneEra: () => (async function* () {})(),
      gateway: () => (async function* () {})(),
      client: () => (async function* () {})(),
      provider: () => (async function* () {})(),
      peer: () => (async function* () {})(),
    },
  });
  deepEqual(judged.map(({ feature, program }) => [feature, program]), [
    ["start", { ok: false, why: "the port is taken" }],
  ]);
  equal(red, true);
});

Deno.test("the quick part has those that say so; a name wins over it", async () => {
  const backends = [
    fakeBackend("slow-one"),
    fakeBackend("fast-one", { quick: true }),
    fakeBackend("fast-two", { quick: true }),
  ];
  const select = async (names: string[]) =>
    (await runWith(backends, { selection: { names, quick: true } })).measuredIn;
  deepEqual(await select([]), ["fast-one", "fast-two"]);
  deepEqual(await select(["slow-one"]), ["slow-one"]);
  deepEqual(await select(["fast"]), ["fast-one", "fast-two"]);
});

Deno.test("without time nothing more is begun, and what is left is named", async () => {
  const { ignored, measuredIn, red } = await runWith([fakeBackend("one")], { budget: 0 });
  deepEqual(ignored, [{ kind: "backend", counterpart: "one", why: "no time was left" }]);
  deepEqual(measuredIn, []);
  equal(red, false);
});

Deno.test("several are measured at the same time, and each once", async () => {
  const names = ["one", "two", "three", "four", "five"];
  const { measuredIn } = await runWith(names.map((name) => fakeBackend(name)), { jobs: 3 });
  deepEqual(measuredIn.toSorted(), names.toSorted());
});

Deno.test("what fails with a peer is told and turns nothing red", async () => {
  const peer: Peer = { ...fakeBackend("peer-one"), ways: {} };
  const none = () => (async function* () {})();
  const { judged, red } = await runWith([], {
    counterparts: {
      backends: [],
      oneEra: [],
      gateways: [],
      clients: [],
      providers: [],
      peers: [peer],
    },
    // Neither an entry in the list of what is known to fail nor the lack of one counts for a peer.
    expectations: { "peer-one": { works: "A1" } },
    measure: {
      backend: none,
      oneEra: none,
      gateway: none,
      client: none,
      provider: none,
      async *peer({ name }) {
        const cell = { kind: "peer" as const, counterpart: name, at: "backend", ms: 1 };
        yield { ...cell, feature: "works", ...works };
        yield { ...cell, feature: "fails", ...fails };
        yield { ...cell, feature: "absent", direct: { ok: false as const, why: "no setting" } };
        await Promise.reject(new Error("the backend is away"));
      },
    },
  });
  deepEqual(judged.map(({ feature, at, verdict }) => [feature, at, verdict]), [
    ["works", "backend", "works"],
    ["fails", "backend", "fails"],
    ["absent", "backend", "absent"],
    ["start", undefined, "fails"],
  ]);
  equal(red, false);
});
