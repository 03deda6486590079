/**
 * `@modelcontextprotocol/server-everything` as a process that ends with whoever started it: when its
 * stdin closes, be it by a crash of the tests, it is gone.
 *
 * @module
 */
(async () => {
  for await (const _ of Deno.stdin.readable) { /* nothing is said here, only closed */ }
  Deno.exit(0);
})();

await import("@modelcontextprotocol/server-everything/dist/index.js");
