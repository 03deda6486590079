/**
 * What is known to fail at providers: by counterpart and flow, the case of the list of inputs that
 * this program is to be made fit for, or "new" with what happens and what would be right.
 */
export const providerFailures: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
