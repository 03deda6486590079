/** What a lease is used for, for the log of those who wait. */
export type LeaseActivity = "refresh" | "sign-in" | "listen" | "create";

/** Who has a lease, as the database tells it. */
export interface LeaseHolder {
  /** One process of ours; a process id alone could have been given to another one since. */
  instance: string;
  /** Its process id. */
  pid: number;
  /** Whether its death shows at once, by the mark it set. */
  marked: boolean;
  /** What it does with it. */
  activity: LeaseActivity;
  /** Its last sign of life, in milliseconds since the epoch. */
  heartbeatAt: number;
}
