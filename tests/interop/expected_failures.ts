/**
 * What is known to fail: counterpart, feature, and why. The case is that of the list of inputs that
 * this program is to be made fit for, or "new" with what happens and what would be right. One that
 * passes turns the run red, so that it is taken off.
 */
export const expectedFailures: ExpectedFailures = {};

/** By counterpart (with `@2026` for the second of its protocols) and feature. */
export type ExpectedFailures = Readonly<Record<string, Readonly<Record<string, string>>>>;
