/** What the system says of one process's memory, in bytes. */
export interface Memory {
  /** Resident: what the process has in memory, shared pages included. */
  rss: number;
  /** Proportional: shared pages are divided among those who share them. Linux only. */
  pss?: number;
  /** Private: what ending the process would give back. Linux only. */
  private?: number;
}

/** The memory that a process uses now. */
export async function memoryOf(pid: number): Promise<Memory> {
  if (Deno.build.os === "linux") {
    const rollup = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
    return {
      rss: kilobytes(rollup, "Rss"),
      pss: kilobytes(rollup, "Pss"),
      private: kilobytes(rollup, "Private_Clean") + kilobytes(rollup, "Private_Dirty"),
    };
  }
  return { rss: Number(await ps(pid, "rss=")) * 1024 };
}

/** The most memory that a process has used so far, in bytes; nothing where the system does not tell. */
export async function peakMemoryOf(pid: number): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  return kilobytes(await Deno.readTextFile(`/proc/${pid}/status`), "VmHWM");
}

/** The processor time that a process has used so far, in milliseconds; ended threads are included. */
export async function processorTimeOf(pid: number): Promise<number> {
  if (Deno.build.os === "linux") {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // utime and stime, which every Linux counts in hundredths of a second
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }
  const time = /(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)/.exec(await ps(pid, "time="));
  if (!time) return 0;
  return ((Number(time[1] ?? 0) * 60 + Number(time[2])) * 60 + Number(time[3])) * 1000;
}

function kilobytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? NaN) * 1024;
}

async function ps(pid: number, format: string): Promise<string> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", format, "-p", `${pid}`] })
    .output();
  return new TextDecoder().decode(stdout).trim();
}

/** How often the threads of a process have been woken up so far; nothing where the system does not tell. */
export async function wakeUpsOf(pid: number): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  let sum = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const status = await Deno.readTextFile(`/proc/${pid}/task/${name}/status`).catch(() => "");
    sum += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return sum;
}
