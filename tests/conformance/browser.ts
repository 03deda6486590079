/**
 * Stands where the browser would, for providers that ask the person nothing: follows the redirects.
 *
 * @module
 */
const response = await fetch(Deno.args[0]);
await response.body?.cancel();
