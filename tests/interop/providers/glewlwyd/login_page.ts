import type { Ask } from "../../scripted_browser.ts";

/** Who is at the page, and how its script asks the server. */
export interface LoginPageOptions {
  person: { readonly name: string; readonly password: string };
  ask: Ask;
}

/**
 * Does what the script of Glewlwyd's sign-in page does while a person answers it: signs in with the
 * password, grants the scopes, and goes on to where the page was called from. `undefined` for a page
 * that goes nowhere by itself, also when the person is not let in.
 */
export async function actAsLoginPage(
  page: URL,
  { person, ask }: LoginPageOptions,
): Promise<URL | undefined> {
  const { client_id, scope, callback_url, prompt } = Object.fromEntries(page.searchParams);
  if (!page.pathname.endsWith("/login.html") || !callback_url) return undefined;
  // "The code is wrong" and "the device is signed in" go nowhere.
  if (prompt?.startsWith("device")) return undefined;
  const api = (path: string) => new URL(`api/${path}`, page);
  const signIn = () =>
    ask("POST", api("auth/"), { username: person.name, password: person.password });
  const present = await ask("GET", api("profile_list"));
  const isPresent = present.ok && prompt !== "login" &&
    (await present.json()).some(({ username }: { username: string }) => username === person.name);
  if (!isPresent && !(await signIn()).ok) return undefined;
  if (client_id && scope) {
    const grant = await ask("GET", api(`auth/grant/${client_id}/${encodeURIComponent(scope)}`));
    const { scope: offered }: { scope: { name: string; granted: boolean }[] } = await grant.json();
    if (offered.some(({ granted }) => !granted)) {
      const granted = offered.map(({ name }) => name).join(" ");
      await ask("PUT", api(`auth/grant/${client_id}`), { scope: granted });
    }
  }
  return new URL(`${callback_url}${callback_url.includes("?") ? "&" : "?"}g_continue`);
}
