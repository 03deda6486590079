/**
 * Stands where the browser would, for providers that ask the person nothing: follows the redirects,
 * with the cookies that it was given on the way.
 *
 * @module
 */
const cookies = new Map<string, string>();
let url = new URL(Deno.args[0]);
for (let step = 0; step < 20; step++) {
  const cookie = cookies.get(url.host);
  const response = await fetch(url, { redirect: "manual", headers: cookie ? { cookie } : {} });
  await response.body?.cancel();
  const [given] = response.headers.getSetCookie();
  if (given !== undefined) cookies.set(url.host, given.split(";")[0]);
  const location = response.headers.get("location");
  if (location === null) break;
  url = new URL(location, url);
}
