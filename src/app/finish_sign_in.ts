import { createLog } from "../base/log.ts";
import { encryptions } from "../credentials/encryption/encryptions.ts";
import { finishSignIn as finish } from "../credentials/finish_sign_in.ts";
import { dropPermissions } from "../platform/drop_permissions.ts";
import { listenForStopSignals } from "../platform/stop_signals.ts";
import { resolveSettings } from "../settings/resolve_settings.ts";
import { createFlows } from "./access.ts";
import type { SignInTask } from "./sign_in_task.ts";

/**
 * Finishes a sign-in that another process of this program has begun: reads what it needs from the
 * store, listens where that one did, and ends with the sign-in or when its time is over. It opens
 * nothing, and has nobody to tell anything.
 *
 * @param args the directory of the store, what protects it, and the digest of the identity
 */
export async function finishSignIn(args: readonly string[]): Promise<void> {
  const [cacheDir, protection, digest] = args;
  const encryption = encryptions.find((encryption) => encryption === protection);
  if (!cacheDir || !encryption || !/^[0-9a-f]{64}$/.test(digest ?? "")) return;
  // On Linux, another program reads whose connection it is that begins a sign-in.
  dropPermissions({ keychain: encryption === "keychain", browser: Deno.build.os === "linux" });
  using stop = listenForStopSignals();
  const log = createLog({ level: "error", write: () => {} });
  await finish({
    cacheDir,
    encryption,
    digest,
    log,
    signal: stop.signal,
    async createFlows(task, notes) {
      const { texts, variables } = task as SignInTask;
      for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
      const { settings } = await resolveSettings({
        flags: texts,
        getEnv: () => undefined,
        readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
      });
      const flows = await createFlows(settings, { log, notes, opensNothing: true });
      // Nobody listens while it loads: whatever can be done before is.
      await flows.prepareToResume(stop.signal).catch(() => {});
      return flows;
    },
  });
}
