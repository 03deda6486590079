/** Lets this program see these environment variables and no others, until it is disposed of. */
export function environment(variables: Readonly<Record<string, string>>): Disposable {
  const { env } = Deno;
  const { get } = env;
  env.get = (name) => variables[name];
  return { [Symbol.dispose]: () => void (env.get = get) };
}
