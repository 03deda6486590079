import { claudeCode } from "./clients/claude_code.ts";
import { claudeDesktop } from "./clients/claude_desktop.ts";
import { codex } from "./clients/codex.ts";
import { cursor } from "./clients/cursor.ts";
import { gemini } from "./clients/gemini.ts";
import { inspector } from "./clients/inspector.ts";
import { lmstudio } from "./clients/lmstudio.ts";
import { vscode } from "./clients/vscode.ts";
import { windsurf } from "./clients/windsurf.ts";
import { zed } from "./clients/zed.ts";
import type { ClientFormat } from "./client_format.ts";
import { type ClientName, clientNames } from "./client_names.ts";

const byName: Readonly<Record<ClientName, ClientFormat>> = {
  "claude-desktop": claudeDesktop,
  "claude-code": claudeCode,
  cursor,
  vscode,
  windsurf,
  zed,
  gemini,
  codex,
  lmstudio,
  inspector,
};

/** Every client whose configuration can be written. */
export const clients: readonly ClientFormat[] = clientNames.map((name) => byName[name]);
