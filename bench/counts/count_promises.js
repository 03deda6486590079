// Loaded before the program: counts the promises that it makes and tells on the way out.
const { core } = Deno[Deno.internal];
let promises = 0;
core.setPromiseHooks(() => {
  promises++;
});
addEventListener("unload", () => {
  Deno.stderr.writeSync(new TextEncoder().encode(`\ncounted ${promises} promises\n`));
});
