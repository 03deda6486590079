import type { Log } from "../../base/log.ts";

const nothing = () => {};

/** Swallows what is said while things are only tried out. */
export const silentLog: Log = {
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  notice: nothing,
};
