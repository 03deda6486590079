import { fileURLToPath } from "node:url";
import { runList } from "./run_list.mjs";

const script = new URL("node_modules/.bin/qwen", import.meta.url);

await runList({ program: process.execPath, args: [fileURLToPath(script)] });
