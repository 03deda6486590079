/** The resident memory of a process, in bytes. */
export async function memoryOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(pid)] })
    .output();
  return Number(new TextDecoder().decode(stdout)) * 1024;
}

/**
 * How long a process has computed so far, in milliseconds: the same on a busy machine as on a quiet
 * one. Where there is no `/proc`, it is the time that has passed.
 */
export async function computingTimeOf(pid: number): Promise<number> {
  if (Deno.build.os !== "linux") return performance.now();
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // Behind the name, which is in parentheses and may have spaces in it: from the third field on.
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13).map(Number);
  return (user + system) * 10;
}

/** Whether a process waits for something, and not for a processor; on Linux. */
export async function isAsleep(pid: number): Promise<boolean> {
  return /^State:\s+S/m.test(await Deno.readTextFile(`/proc/${pid}/status`));
}
