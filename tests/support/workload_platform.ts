/**
 * What a platform does for its workloads: an issuer with keys, and a directory into which it projects
 * a JWT as kubelet does, replaced by renaming a link.
 *
 * @module
 */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { join } from "node:path";

/** A running platform. */
export interface WorkloadPlatform extends AsyncDisposable {
  /** Its issuer. */
  readonly issuer: string;
  /** Where its keys are. */
  readonly jwksUri: string;
  /** A JWT of the workload `spiffe://company.test/agent`. */
  sign(claims?: JWTPayload): Promise<string>;
}

/** The workload. */
export const workload = "spiffe://company.test/agent";

/** Starts a platform. */
export async function startWorkloadPlatform(): Promise<WorkloadPlatform> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const keys = [{ ...await exportJWK(publicKey), kid: "platform", alg: "ES256", use: "sig" }];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ keys }),
  );
  const issuer = `http://127.0.0.1:${server.addr.port}`;
  return {
    issuer,
    jwksUri: `${issuer}/keys`,
    async sign(claims = {}) {
      const now = Math.floor(Date.now() / 1000);
      return await new SignJWT({
        iss: issuer,
        sub: workload,
        iat: now,
        exp: now + 600,
        jti: crypto.randomUUID(),
        ...claims,
      }).setProtectedHeader({ alg: "ES256", kid: "platform" }).sign(privateKey);
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A directory that tokens are projected into. */
export interface ProjectedVolume {
  /** The file that a workload reads: a link to a link, as kubelet makes them. */
  readonly path: string;
  /** Puts another token there in one step, and removes the directory of the one before. */
  project(token: string): Promise<void>;
}

/** Makes a volume in a directory. */
export async function createProjectedVolume(directory: string): Promise<ProjectedVolume> {
  await Deno.mkdir(directory, { recursive: true });
  let generation = 0;
  return {
    path: join(directory, "token"),
    async project(token) {
      const last = `..2026_${generation}`;
      const next = `..2026_${++generation}`;
      await Deno.mkdir(join(directory, next));
      await Deno.writeTextFile(join(directory, next, "token"), token);
      await Deno.symlink(next, join(directory, "..data_tmp"));
      await Deno.rename(join(directory, "..data_tmp"), join(directory, "..data"));
      if (generation === 1) await Deno.symlink(join("..data", "token"), join(directory, "token"));
      await Deno.remove(join(directory, last), { recursive: true }).catch(() => {});
    },
  };
}
