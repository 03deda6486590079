import { claudeDesktop } from "./clients/claude_desktop.ts";
import { codex } from "./clients/codex.ts";
import type { ClientFormat } from "./client_format.ts";
import { clientNames } from "./client_names.ts";
import { clientRows } from "./client_rows.ts";

const all = new Map([claudeDesktop, codex, ...clientRows].map((client) => [client.id, client]));

/** Every client whose configuration can be written. */
export const clients: readonly ClientFormat[] = clientNames.map((name) => all.get(name)!);
