import type {
  Backend,
  Client,
  Counterpart,
  Gateway,
  OneEraBackend,
  Peer,
  Provider,
} from "./counterpart.ts";
import { oneEraBackends } from "./one_era/backends.ts";

/** Every counterpart of the harness, by kind. */
export interface Counterparts {
  backends: readonly Backend[];
  oneEra: readonly OneEraBackend[];
  gateways: readonly Gateway[];
  clients: readonly Client[];
  providers: readonly Provider[];
  peers: readonly Peer[];
}

/** Reads what the folders have: each with a `counterpart.ts` in it. */
export async function findCounterparts(): Promise<Counterparts> {
  // One after the other: Deno 2.9.6 panics when an import begins while it evaluates a module of its own.
  const backends = await read<Backend>("backends");
  const gateways = await read<Gateway>("gateways");
  const clients = await read<Client>("clients");
  const providers = await read<Provider>("providers");
  const peers = await read<Peer>("peers");
  return { backends, oneEra: oneEraBackends(backends), gateways, clients, providers, peers };
}

async function read<T extends Counterpart>(kind: string): Promise<readonly T[]> {
  const directory = new URL(`./${kind}/`, import.meta.url);
  const folders: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      if (isDirectory) folders.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const found: T[] = [];
  for (const folder of folders.sort()) {
    const { default: exported } = await import(new URL(`${folder}/counterpart.ts`, directory).href);
    found.push(...[exported].flat());
  }
  return found;
}

/** What {@linkcode selectCounterparts} goes by. */
export interface Selection {
  /** Names, or beginnings of names up to a hyphen: `sdk-v1` for `sdk-v1-stateless`; all if none. */
  names: readonly string[];
  /** Without names: only what belongs to the quick part. */
  quick: boolean;
}

/**
 * The counterparts that were asked for.
 */
export function selectCounterparts<T extends Counterpart>(
  counterparts: readonly T[],
  { names, quick }: Selection,
): T[] {
  return counterparts.filter((counterpart) =>
    names.length > 0
      ? names.some((name) => isNamed(counterpart, name))
      : !quick || counterpart.quick
  );
}

/** Whether a name means this counterpart. */
export function isNamed({ name }: Counterpart, wanted: string): boolean {
  return name === wanted || name.startsWith(`${wanted}-`);
}
