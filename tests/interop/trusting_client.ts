import type { Daemon } from "../gateways/daemon.ts";
import type { RunningGateway } from "./counterpart.ts";

/** How a direct client gets through a gateway. */
export interface WayThrough {
  /** The file of the authority that it trusts. */
  authority: string;
  /** The forward proxy on its way. */
  proxy?: string;
}

/** A gateway's daemon together with what a direct client makes its requests with. */
export async function trustingClient(
  daemon: Pick<Daemon, "output"> & AsyncDisposable,
  { authority, proxy }: WayThrough,
): Promise<Pick<RunningGateway, "client" | "output" | typeof Symbol.asyncDispose>> {
  const client = Deno.createHttpClient({
    caCerts: [await Deno.readTextFile(authority)],
    ...proxy && { proxy: { url: proxy } },
  });
  return {
    client,
    output: daemon.output,
    async [Symbol.asyncDispose]() {
      client.close();
      await daemon[Symbol.asyncDispose]();
    },
  };
}
