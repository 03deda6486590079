/**
 * Runs the program between things that others wrote: `deno task test:interop [NAME…]`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { findCounterparts, isNamed } from "./counterparts.ts";
import { expectedFailures } from "./expected_failures.ts";
import { features } from "./features/list.ts";
import { measureBackend } from "./measure_backend.ts";
import { measureClient } from "./measure_client.ts";
import { measureGateway } from "./measure_gateway.ts";
import { measureOneEra } from "./one_era/measure_one_era.ts";
import { measurePeer } from "./measure_peer.ts";
import { measureProvider } from "./measure_provider.ts";
import { publishCompatibility } from "./report/compatibility.ts";
import { joinRuns } from "./report/join_runs.ts";
import { summarizePeers } from "./report/peer_summary.ts";
import { printProgress } from "./report/print_progress.ts";
import { summarize } from "./report/summary.ts";
import { providerFailures } from "./provider_failures.ts";
import { runInterop } from "./run_interop.ts";

const usage =
  `deno task test:interop [NAME…] [--quick] [--peers] [--jobs N] [--json FILE] [--publish]
  NAME       a counterpart, or the beginning of several: sdk-v1
  --quick    only those that install and run within six minutes, with what takes long scaled down
  --peers    programs like this one in its place, side by side; whatever they do, the run is green
  --jobs     how many at the same time; 2 unless told otherwise, with --peers 1
  --json     where the results go as JSON
  --from     runs nothing: joins the results of earlier runs, of which the last one wins; repeatable
  --publish  writes docs/compatibility.md from what was measured
  --list     names the counterparts`;

// After this nothing more is begun; what runs then still ends within the six minutes.
const quickBudget = 240_000;

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
    jobs: { type: "string" },
    json: { type: "string" },
    from: { type: "string", multiple: true },
    publish: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  Deno.exit(0);
}
const found = await findCounterparts();
const counterparts = values.peers
  ? { backends: [], oneEra: [], gateways: [], clients: [], providers: [], peers: found.peers }
  : { ...found, peers: [] };
const all = Object.values(counterparts).flat();
if (values.list) {
  for (const { name, title, quick } of all) {
    console.log(`${name}${quick ? " (quick)" : ""}: ${title}`);
  }
  Deno.exit(0);
}
const unknown = names.filter((name) => !all.some((counterpart) => isNamed(counterpart, name)));
if (unknown.length > 0) {
  console.error(`no counterpart is named ${unknown.join(", ")}; there are:`);
  for (const { name } of all) console.error(`  ${name}`);
  Deno.exit(2);
}

if (values.publish && names.length > 0) {
  // A section is written anew as a whole: the others would vanish from it.
  console.error("--publish wants all of them: leave the names out");
  Deno.exit(2);
}

const expectations = { ...expectedFailures, ...providerFailures };
const isFaultOfBackend = (counterpart: string, feature: string) =>
  typeof expectedFailures[counterpart]?.[feature] === "object";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => stop.abort(new Error(`ended by ${signal}`)));
}
const measureAll = () =>
  runInterop({
    counterparts,
    selection: { names, quick: values.quick },
    measure: {
      backend: (backend, options) =>
        measureBackend(backend, { ...options, features, isFaultOfBackend }),
      oneEra: (backend, options) =>
        measureOneEra(backend, { ...options, clients: counterparts.clients }),
      gateway: (gateway, options) => measureGateway(gateway, { ...options, features }),
      client: measureClient,
      provider: measureProvider,
      peer: (peer, options) => measurePeer(peer, { ...options, features }),
    },
    // Peers are not to slow each other down.
    jobs: Math.max(1, Number(values.jobs ?? (values.peers ? 1 : 2)) || 1),
    expectations,
    budget: values.quick && !values.peers && names.length === 0 ? quickBudget : undefined,
    signal: stop.signal,
    began: new Date().toISOString(),
    onProgress: printProgress,
  });
const result = values.from
  ? joinRuns(
    await Promise.all(values.from.map(async (file) => JSON.parse(await Deno.readTextFile(file)))),
    expectations,
  )
  : await measureAll();
console.log(`\n${(values.peers ? summarizePeers : summarize)(result)}`);
if (values.json) await Deno.writeTextFile(values.json, JSON.stringify(result, undefined, 2));
if (values.publish) await publishCompatibility(result, { date: new Date() });
// Whatever peers do is theirs; that nothing could be measured at all is ours.
const failed = values.peers ? !result.judged.some(({ at }) => at !== undefined) : result.red;
Deno.exit(failed ? 1 : 0);
