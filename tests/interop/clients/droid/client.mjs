import { fileURLToPath } from "node:url";
import { runList } from "./run_list.mjs";

const program = new URL("node_modules/@factory/cli-linux-x64/bin/droid", import.meta.url);

await runList({ program: fileURLToPath(program) });
