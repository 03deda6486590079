import { join } from "node:path";
import { allocationsOfOneCall } from "./allocations.ts";
import type { Surroundings } from "../subjects/programs.ts";
import { root } from "../subjects/programs.ts";
import type { Prepared } from "../subjects/prepare.ts";
import { bytesOf } from "../measure/bytes_of.ts";
import { countFirstList } from "./first_list.ts";
import { countPromises, countSystemCalls, evaluatedScripts, lazyParts, type Run } from "./runs.ts";

/** One number that does not depend on how fast or busy the machine is. */
export interface Count {
  name: string;
  /** The number; absent when this machine cannot count it. */
  value: number | undefined;
  /** By how much it may grow above the baseline, as a share: what differs from run to run. */
  room: number;
}

const transfers = /^(read|readv|pread64|recvfrom|recvmsg|write|writev|pwrite64|sendto|sendmsg)$/;
const polls = /^(epoll_wait|epoll_pwait|epoll_pwait2|epoll_ctl|poll|ppoll)$/;

/** Counts what this proxy does: at start, and for one call after many. */
export async function takeCounts(
  { surroundings, backend, bundle }: Pick<Prepared, "surroundings" | "backend" | "bundle">,
): Promise<Count[]> {
  const source = join(root, "main.ts");
  const main = bundle[0];
  const counts: Count[] = [];
  const modules = await evaluatedScripts(surroundings, { script: source, path: "/sse" });
  counts.push({ name: "modules evaluated, warm start", value: modules.length, room: 0.05 });
  const chunks = await evaluatedScripts(surroundings, { script: main, path: "/sse" });
  counts.push(
    { name: "bytes of the bundle", value: await bytesOf(bundle), room: 0.05 },
    { name: "bytes of the bundle evaluated, warm start", value: await bytesOf(chunks), room: 0.05 },
  );
  const parts = await lazyParts(surroundings, { script: main, path: "/sse" });
  counts.push({
    name: "parts of Deno loaded, warm start",
    value: parts.size || undefined,
    room: 0.1,
  });
  for (const isSecure of [false, true]) {
    const waitedFor = await countFirstList(backend, { surroundings, script: main, isSecure });
    const where = `until a first list, ${isSecure ? "HTTP/2" : "HTTP/1.1"}`;
    counts.push(
      { name: `requests one after the other ${where}`, value: waitedFor.requests, room: 0 },
      { name: `connections of these ${where}`, value: waitedFor.connections, room: 0 },
    );
  }
  for (const path of ["/json", "/sse"] as const) {
    const answered = `a call answered with ${path.slice(1)}`;
    const run = { script: main, path };
    const promises = await promisesOfOneCall(surroundings, run);
    counts.push({ name: `promises, ${answered}`, value: promises, room: 0.05 });
    const allocated = await allocationsOfOneCall(surroundings, { ...run, calls: 1_000 });
    counts.push({ name: `bytes of heap allocated, ${answered}`, value: allocated, room: 0.1 });
    const calls = await systemCallsOfOneCall(surroundings, run);
    counts.push(
      { name: `reads and writes, ${answered}`, value: calls?.transfers, room: 0.2 },
      { name: `polls, ${answered}`, value: calls?.polls, room: 1 },
    );
  }
  return counts;
}

type OneCall = Omit<Run, "denoArgs" | "calls">;

/** The difference between many calls and few leaves start and end out. */
const few = 100;

async function promisesOfOneCall(surroundings: Surroundings, run: OneCall): Promise<number> {
  const many = 600;
  const start = await countPromises(surroundings, { ...run, calls: few });
  const end = await countPromises(surroundings, { ...run, calls: many });
  return (end - start) / (many - few);
}

async function systemCallsOfOneCall(surroundings: Surroundings, run: OneCall) {
  const many = 600;
  const start = await countSystemCalls(surroundings, { ...run, calls: few });
  const end = await countSystemCalls(surroundings, { ...run, calls: many });
  if (!start || !end) return undefined;
  const each = (names: RegExp) => {
    const sum = (counts: Map<string, number>) =>
      [...counts].reduce((total, [name, count]) => names.test(name) ? total + count : total, 0);
    return (sum(end) - sum(start)) / (many - few);
  };
  return { transfers: each(transfers), polls: each(polls) };
}
