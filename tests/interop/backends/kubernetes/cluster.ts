/**
 * What the MCP server for Kubernetes works with here, since no cluster is to be had: the answers of
 * an API server for pods and config maps. A pod's name says what its log has.
 *
 * @module
 */

/** A running cluster of answers. */
export interface Cluster extends AsyncDisposable {
  /** Where its API is. */
  readonly url: string;
}

/** The name of a pod whose log has this text. */
export function podThatSays(text: string): string {
  return `say-${toHex(text)}`;
}

/** The name of a pod whose log has that many `x`. */
export function podThatRepeats(bytes: number): string {
  return `repeat-${bytes}`;
}

/** The name of a pod whose log comes after a while. */
export function podThatWaits(seconds: number): string {
  return `wait-${Math.round(seconds * 1000)}`;
}

/** The name of a pod that is not there, for this reason. */
export function podThatIsNot(reason: string): string {
  return `not-${toHex(reason)}`;
}

/** Starts a {@linkcode Cluster} on loopback. */
export function startCluster(): Cluster {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const body = await request.text();
  const discovered = discovery[pathname];
  if (discovered) return Response.json(discovered);
  const [, kind, name = "", subresource] =
    /^\/api\/v1\/namespaces\/default\/(pods|configmaps)\/([^/]+)(\/log)?$/.exec(pathname) ?? [];
  const [verb, detail = ""] = name.split("-");
  const metadata = { name, namespace: "default", uid: "0", creationTimestamp: null };
  if (kind === "configmaps" && request.method === "PATCH") {
    // It is applied: what is kept of it is how long its text was.
    const { data } = JSON.parse(body);
    const kept = { length: String([...data.text].length) };
    return Response.json({ kind: "ConfigMap", apiVersion: "v1", metadata, data: kept });
  }
  if (kind !== "pods" || verb === "not") {
    const message = verb === "not" ? fromHex(detail) : `no ${pathname}`;
    const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound" };
    return Response.json({ ...status, code: 404, message }, { status: 404 });
  }
  if (!subresource) {
    const spec = { containers: [{ name: "main", image: "main" }] };
    return Response.json({ kind: "Pod", apiVersion: "v1", metadata, spec });
  }
  if (verb === "repeat") return new Response("x".repeat(Number(detail)));
  if (verb === "wait") {
    await new Promise((resolve) => setTimeout(resolve, Number(detail)));
    return new Response("done 1");
  }
  return new Response(fromHex(detail));
}

const verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];
const discovery: Record<string, unknown> = {
  "/version": { major: "1", minor: "34", gitVersion: "v1.34.0" },
  "/api": { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] },
  "/apis": { kind: "APIGroupList", apiVersion: "v1", groups: [] },
  "/api/v1": {
    kind: "APIResourceList",
    groupVersion: "v1",
    resources: [
      { name: "pods", singularName: "pod", namespaced: true, kind: "Pod", verbs },
      { name: "configmaps", singularName: "configmap", namespaced: true, kind: "ConfigMap", verbs },
    ],
  },
};

function toHex(text: string): string {
  return new TextEncoder().encode(text).toHex();
}

function fromHex(hex: string): string {
  return new TextDecoder().decode(Uint8Array.fromHex(hex));
}
