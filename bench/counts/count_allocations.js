// Loaded before the program: counts what it allocates and tells on the way out.
const { core } = Deno[Deno.internal];
let promises = 0;
core.setPromiseHooks(() => {
  promises++;
});
addEventListener("unload", () => {
  const { heapUsed } = Deno.memoryUsage();
  const report = JSON.stringify({ promises, heapUsed });
  Deno.stderr.writeSync(new TextEncoder().encode(`\ncounted ${report}\n`));
});
