/** What `--client` calls each client, in the order in which they are offered. */
export const clientNames = [
  "claude-desktop",
  "claude-code",
  "cursor",
  "vscode",
  "windsurf",
  "zed",
  "gemini",
  "codex",
  "lmstudio",
  "inspector",
] as const;

/** One of {@linkcode clientNames}. */
export type ClientName = typeof clientNames[number];
