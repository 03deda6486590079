import { project } from "../../../scripts/package/project.ts";

/** JSR and GitHub's OIDC provider, as far as a publication needs them. */
export interface FakeJsr extends AsyncDisposable {
  /** What a workflow's environment says of them. */
  readonly env: Record<string, string>;
  /** The sizes of the packages that were uploaded, with the credentials that came along. */
  readonly uploads: { authorization: string | null; bytes: number }[];
}

/** Starts a {@linkcode FakeJsr} that has no version of the package until one is uploaded. */
export function startFakeJsr(): FakeJsr {
  const uploads: FakeJsr["uploads"] = [];
  const task = { id: crypto.randomUUID(), status: "success", error: null };
  const jsrPackage = "/api/scopes/authful/packages/mcp-proxy";
  const jsrVersion = `${jsrPackage}/versions/${project.version}`;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const body = await request.arrayBuffer();
      const authorization = request.headers.get("authorization");
      switch (`${request.method} ${new URL(request.url).pathname}`) {
        case "GET /oidc":
          // Only the job's own token gets one for JSR.
          return authorization === "Bearer job-token"
            ? Response.json({ value: "jsr-token" })
            : new Response(null, { status: 401 });
        case `GET ${jsrPackage}`:
          return Response.json({ scope: "authful", name: "mcp-proxy" });
        case `GET ${jsrVersion}`:
          return uploads.length > 0 ? Response.json({}) : new Response(null, { status: 404 });
        case `POST ${jsrVersion}`:
          uploads.push({ authorization, bytes: body.byteLength });
          return Response.json(task);
        default:
          return new Response(null, { status: 404 });
      }
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return {
    uploads,
    env: {
      JSR_URL: url,
      GITHUB_ACTIONS: "true",
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}oidc?version=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "job-token",
      // It is signed and kept by services beyond JSR.
      DISABLE_JSR_PROVENANCE: "true",
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
