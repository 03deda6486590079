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
  "copilot",
  "opencode",
  "qwen",
  "cline",
  "cline-vscode",
  "roo",
  "kilo",
  "continue",
  "goose",
  "junie",
  "kiro",
  "amazon-q",
  "crush",
  "amp",
  "droid",
  "visual-studio",
  "warp",
  "antigravity",
] as const;

/** One of {@linkcode clientNames}. */
export type ClientName = typeof clientNames[number];
