import type { Credential } from "../../src/base/credential.ts";
import type { ProviderFlows, SignInContext } from "../../src/credentials/provider_flows.ts";
import { ProxyError, type ProxyErrorDetails } from "../../src/base/errors.ts";

/** A provider that a test scripts: counts what it is asked and answers as it is told. */
export interface ScriptedFlows extends ProviderFlows {
  signIns: number;
  refreshes: number;
  /** Lifetime of what it gives out, in milliseconds. */
  lifetime: number;
  /** Runs in the place of a successful refresh. */
  onRefresh?: (credential: Credential, signal: AbortSignal) => Promise<Credential>;
  /** Runs in the place of a successful sign-in. */
  onSignIn?: (context: SignInContext) => Promise<Credential>;
  /** A credential as the provider would give it. */
  grant(fields?: Partial<Credential>): Credential;
}

/** Flows whose tokens are numbered: `access-1`, `refresh-1`, `access-2`, … */
export function scriptedFlows(now: () => number = Date.now): ScriptedFlows {
  let granted = 0;
  return {
    signIns: 0,
    refreshes: 0,
    lifetime: 3_600_000,
    grant(fields) {
      granted++;
      return {
        issuer: "https://auth.example/",
        clientId: "client",
        accessToken: `access-${granted}`,
        tokenType: "Bearer",
        refreshToken: `refresh-${granted}`,
        claims: { sub: "ada", email: "ada@example.com" },
        obtainedAt: now(),
        expiresAt: now() + this.lifetime,
        ...fields,
      };
    },
    async signIn(context) {
      this.signIns++;
      if (this.onSignIn) return await this.onSignIn(context);
      const credential = this.grant();
      await context.onCredential(credential);
      return credential;
    },
    async refresh(credential, signal) {
      this.refreshes++;
      if (this.onRefresh) return await this.onRefresh(credential, signal);
      return await Promise.resolve(this.grant());
    },
  };
}

/** An error as the provider's side throws it. */
export function flowError(details: Partial<ProxyErrorDetails>): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: "the provider said no",
    fix: "try again",
    reason: "test",
    ...details,
  });
}
