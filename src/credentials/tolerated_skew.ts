/**
 * By how much the clocks of machines that share a store may differ, in milliseconds. What lies
 * further in the future tells that the clock was set back since it was written.
 */
export const toleratedSkew = 60_000;
