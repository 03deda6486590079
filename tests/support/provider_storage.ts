/** What `oidc-provider` asks of its storage. */
interface Adapter {
  upsert(id: string, payload: Payload): Promise<void>;
  find(id: string): Promise<Payload | undefined>;
  findByUid(uid: string): Promise<Payload | undefined>;
  findByUserCode(userCode: string): Promise<Payload | undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

interface Payload extends Record<string, unknown> {
  uid?: string;
  userCode?: string;
  grantId?: string;
  exp?: number;
  consumed?: number;
}

/** Where one provider keeps what it issued. */
export interface ProviderStorage {
  /** The `adapter` of `oidc-provider`'s configuration. */
  adapter: (model: string) => Adapter;
  /** Drops everything of one model, such as `RefreshToken`. */
  forget(model: string): void;
}

/**
 * Storage in memory for one provider. The one that `oidc-provider` brings is shared by all providers
 * of a process, drops the oldest of 1,000 entries, and cannot be told to forget.
 */
export function createProviderStorage(): ProviderStorage {
  const models = new Map<string, Map<string, Payload>>();
  const entries = (model: string) => {
    let found = models.get(model);
    if (!found) models.set(model, found = new Map());
    return found;
  };
  const valid = (payload: Payload | undefined) =>
    payload?.exp !== undefined && payload.exp * 1000 <= Date.now() ? undefined : payload;
  return {
    adapter: (model) => {
      const own = entries(model);
      const first = (test: (payload: Payload) => boolean) =>
        Promise.resolve(valid([...own.values()].find(test)));
      return {
        upsert: (id, payload) => Promise.resolve(void own.set(id, payload)),
        find: (id) => Promise.resolve(valid(own.get(id))),
        findByUid: (uid) => first((payload) => payload.uid === uid),
        findByUserCode: (userCode) => first((payload) => payload.userCode === userCode),
        consume: (id) => {
          const payload = own.get(id);
          if (payload) payload.consumed = Math.floor(Date.now() / 1000);
          return Promise.resolve();
        },
        destroy: (id) => Promise.resolve(void own.delete(id)),
        revokeByGrantId: (grantId) => {
          for (const stored of models.values()) {
            for (const [id, payload] of stored) if (payload.grantId === grantId) stored.delete(id);
          }
          return Promise.resolve();
        },
      };
    },
    forget: (model) => entries(model).clear(),
  };
}
