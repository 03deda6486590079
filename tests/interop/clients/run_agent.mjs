// Drives an agent that needs a language model for everything it does, with a stand-in for the model
// that speaks OpenAI's Chat Completions: it calls the tools that a client of this harness calls, and
// says what it was offered and told.
import { spawn } from "node:child_process";
import { createServer } from "node:http";

const { WAIT_FOR_CHANGE } = process.env;
/** How often a model asks whether the person has signed in, and looks for new tools. */
const patience = 500;
const mostTurns = 80;

const tell = (event) => console.log(JSON.stringify(event));

/** Runs an agent once; `command` is told where the model is, and ends when its task is done. */
export async function runAgent(command) {
  const model = await startModel();
  const { program, args, env = {} } = await command(model.url);
  const code = await run(program, args, env);
  model.close();
  if (code === 0) tell({ event: "closed" });
  else tell({ event: "error", message: `it ended with ${code}` });
  process.exitCode = code;
}

async function run(program, args, env) {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  // What it shows its person is no event.
  child.stdout.pipe(process.stderr);
  process.once("SIGTERM", () => child.kill("SIGTERM"));
  return await new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
}

async function startModel() {
  const turn = createTurns();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (data) => body += data);
    request.on("end", async () => {
      if (request.method === "GET") {
        return json(response, { object: "list", data: [{ id: "model", object: "model" }] });
      }
      const asked = JSON.parse(body);
      const message = await turn(asked);
      if (asked.stream) stream(response, message);
      else {
        json(response, {
          ...answer,
          object: "chat.completion",
          choices: [{ index: 0, message, finish_reason: reason(message) }],
          usage,
        });
      }
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** What the model says to each request of the agent. */
function createTurns() {
  const called = [];
  let listed = "";
  return async ({ tools = [], messages }) => {
    const offered = tools.map(({ function: { name } }) => name);
    const find = (tool) => offered.find((name) => new RegExp(`(^|[^a-z])${tool}$`).test(name));
    // Some ask for a title of the conversation, and the like.
    if (!find("echo") && !find("sign_in")) return say("done");
    const names = offered.filter((name) => /echo|sign_in|grow/.test(name));
    if (listed !== `${names}`) tell({ event: "tools", names });
    listed = `${names}`;
    if (called.at(-1) === "echo") {
      const { content } = messages.findLast(({ role }) => role === "tool");
      const text = typeof content === "string" ? content : content.map(({ text }) => text).join("");
      // Some hand on the whole result as JSON.
      if (text.includes("hello")) tell({ event: "echo", text: "hello" });
    }
    const wanted = next(find);
    if (wanted === undefined) return say("done");
    if (wanted === called.at(-1)) await new Promise((resolve) => setTimeout(resolve, patience));
    called.push(wanted);
    return call(`call_${called.length}`, find(wanted));
  };

  function next(find) {
    if (called.length > mostTurns) return undefined;
    if (!called.includes("echo")) return find("echo") ? "echo" : "sign_in";
    if (!WAIT_FOR_CHANGE || listed.includes("grown_")) return undefined;
    return called.includes("grow") ? "echo" : "grow";
  }
}

const answer = { id: "answer", created: 1, model: "model" };
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
const say = (content) => ({ role: "assistant", content });
const call = (id, name) => ({
  role: "assistant",
  content: null,
  tool_calls: [
    { index: 0, id, type: "function", function: { name, arguments: '{"text":"hello"}' } },
  ],
});
const reason = ({ tool_calls }) => tool_calls ? "tool_calls" : "stop";

function json(response, value) {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(value));
}

function stream(response, message) {
  response.setHeader("content-type", "text/event-stream");
  const chunk = { ...answer, object: "chat.completion.chunk" };
  for (
    const each of [
      { ...chunk, choices: [{ index: 0, delta: message, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: reason(message) }] },
      { ...chunk, choices: [], usage },
    ]
  ) response.write(`data: ${JSON.stringify(each)}\n\n`);
  response.end("data: [DONE]\n\n");
}
