import type { Answering, Host, IncomingRequest } from "./network.ts";
import type { World } from "./world.ts";

/** How the provider of a run is made, and what goes wrong at it. */
export interface ProviderPlan {
  /** Whether every refresh brings another refresh token, and a second use of one ends the grant. */
  rotates: boolean;
  /** How long an access token is good, in milliseconds. */
  lifetime: number;
  /** Answers 500 or 503. */
  failing: number;
  /** Takes seconds. */
  slow: number;
  /** Says yes in a way that nobody can read, the refresh token being spent. */
  unreadable: number;
  /** Gives a new refresh token with an access token that is none. */
  halfGiven: number;
  /** Has ended the grant meanwhile. */
  revoked: number;
  /** How often the person does not finish a sign-in. */
  absent: number;
  /** How often the person says no. */
  denied: number;
}

/** A sign-in of a person, and all that came of it. */
interface Grant {
  isRevoked: boolean;
  /** The refresh token that is good now. */
  refreshToken: string;
}

/** A provider that rotates refresh tokens as most do, with an alarm. */
export class ProviderModel implements Host {
  isUp = true;
  readonly plan: ProviderPlan;
  /** How often a spent refresh token came, and the grant was ended for it. */
  alarms = 0;
  /** The access tokens that the backend has refused, right or wrong. */
  readonly refused: Set<string> = new Set();
  readonly #world: World;
  readonly #codes = new Set<string>();
  readonly #refreshTokens = new Map<string, Grant>();
  readonly #accessTokens = new Map<string, { grant: Grant; expiresAt: number }>();
  #count = 0;

  constructor(world: World, plan: ProviderPlan) {
    this.#world = world;
    this.plan = plan;
  }

  /** Everything that a provider has ever given out in confidence begins with this. */
  static readonly secret = "s3cret-";

  /** The person has signed in: a code to be redeemed. */
  issueCode(): string {
    const code = this.#name("code");
    this.#codes.add(code);
    return code;
  }

  /** What a sign-in or refresh brings. */
  issue(grant: Grant = { isRevoked: false, refreshToken: "" }, lifetime = this.plan.lifetime) {
    const accessToken = this.#name("access");
    if (!grant.refreshToken || this.plan.rotates) {
      grant.refreshToken = this.#name("refresh");
      this.#refreshTokens.set(grant.refreshToken, grant);
    }
    this.#accessTokens.set(accessToken, { grant, expiresAt: this.#world.now + lifetime });
    return { accessToken, refreshToken: grant.refreshToken, lifetime };
  }

  /** Whether the backend should accept an access token. */
  isGood(accessToken: string): boolean {
    const found = this.#accessTokens.get(accessToken);
    return found !== undefined && !found.grant.isRevoked && this.#world.now < found.expiresAt;
  }

  /** How long an access token is still good, in milliseconds. */
  remaining(accessToken: string): number {
    const found = this.#accessTokens.get(accessToken);
    return found && !found.grant.isRevoked ? found.expiresAt - this.#world.now : 0;
  }

  handle(request: IncomingRequest, answering: Answering): void {
    const world = this.#world;
    if (request.path.startsWith("/.well-known/")) return this.#metadata(answering);
    const delay = world.fault(this.plan.slow) ? world.between(3_000, 14_000) : world.between(5, 80);
    world.scheduler.schedule(delay, () => {
      if (!this.isUp) return;
      if (world.fault(this.plan.failing)) {
        return answering.respond(world.pick([500, 503]), { "retry-after": "2" }, "not now");
      }
      this.#token(new URLSearchParams(request.body), answering);
    });
  }

  #metadata(answering: Answering) {
    json(answering, 200, {
      issuer: "https://auth.example",
      authorization_endpoint: "https://auth.example/authorize",
      token_endpoint: "https://auth.example/token",
      code_challenge_methods_supported: ["S256"],
    });
  }

  #token(parameters: URLSearchParams, answering: Answering) {
    if (parameters.get("grant_type") === "authorization_code") {
      const code = parameters.get("code") ?? "";
      if (!this.#codes.delete(code)) return json(answering, 400, { error: "invalid_grant" });
      return this.#give(answering, this.issue());
    }
    const refreshToken = parameters.get("refresh_token") ?? "";
    const grant = this.#refreshTokens.get(refreshToken);
    if (!grant || grant.isRevoked) return json(answering, 400, { error: "invalid_grant" });
    if (grant.refreshToken !== refreshToken) {
      this.#world.say("provider: a spent refresh token came: the grant is revoked");
      this.alarms++;
      grant.isRevoked = true;
      return json(answering, 400, { error: "invalid_grant" });
    }
    if (this.#world.fault(this.plan.revoked)) {
      grant.isRevoked = true;
      return json(answering, 400, { error: "invalid_grant" });
    }
    const given = this.issue(grant);
    if (this.#world.fault(this.plan.unreadable)) {
      return answering.respond(200, { "content-type": "text/html" }, "<html>maintenance</html>");
    }
    if (this.#world.fault(this.plan.halfGiven)) {
      return json(answering, 200, { refresh_token: given.refreshToken, token_type: "Bearer" });
    }
    this.#give(answering, given);
  }

  #give(answering: Answering, given: ReturnType<ProviderModel["issue"]>) {
    json(answering, 200, {
      access_token: given.accessToken,
      token_type: "Bearer",
      expires_in: given.lifetime / 1000,
      ...(this.plan.rotates || this.#world.chance(0.5)) && { refresh_token: given.refreshToken },
    });
  }

  #name(kind: string): string {
    return `${ProviderModel.secret}${kind}-${++this.#count}-${this.#world.between(1e8, 2e9)}`;
  }
}

function json(answering: Answering, status: number, body: unknown) {
  answering.respond(status, { "content-type": "application/json" }, JSON.stringify(body));
}
