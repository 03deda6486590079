/** What is known to fail at providers: by counterpart and flow, what happens and what would be right. */
export const providerFailures: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
