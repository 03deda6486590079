/**
 * What the first word of a command line can be besides the name of a server. They stand here by
 * themselves, so that an ordinary start needs nothing else of the commands.
 */
export const commandNames = [
  "setup",
  "login",
  "logout",
  "status",
  "servers",
  "token",
  "doctor",
  "completions",
  "version",
] as const;

/** One of {@linkcode commandNames}. */
export type CommandName = typeof commandNames[number];
