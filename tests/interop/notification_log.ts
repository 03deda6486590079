import { within } from "../support/within.ts";
import type { Notification, NotificationWait } from "./connection.ts";

/** Keeps the notifications of a connection, and wakes who waits for one. */
export interface NotificationLog {
  /** Those so far; the oldest are forgotten after 10,000. */
  readonly all: readonly Notification[];
  /** One came. */
  add(notification: Notification): void;
  /** See `Connection.notified`. */
  notified(method: string, wait?: NotificationWait): Promise<Notification>;
}

/** Makes a {@linkcode NotificationLog}. */
export function createNotificationLog(): NotificationLog {
  const all: Notification[] = [];
  const watchers = new Set<(notification: Notification) => void>();
  return {
    all,
    add(notification) {
      all.push(notification);
      if (all.length > 10_000) all.shift();
      for (const watcher of [...watchers]) watcher(notification);
    },
    async notified(method, { test = () => true, patience = 5000 } = {}) {
      const fits = (notification: Notification) =>
        notification.method === method && test(notification);
      const past = all.find(fits);
      if (past) return past;
      const { promise, resolve } = Promise.withResolvers<Notification>();
      const watcher = (notification: Notification) => {
        if (fits(notification)) resolve(notification);
      };
      watchers.add(watcher);
      try {
        return await within(promise, { what: method, patience });
      } finally {
        watchers.delete(watcher);
      }
    },
  };
}
