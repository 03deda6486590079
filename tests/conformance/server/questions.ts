import {
  acceptedContent,
  type ClientCapabilities,
  createRequestStateCodec,
  type InputRequest,
  inputRequired,
  type InputRequiredResult,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";

type Form = Parameters<typeof inputRequired.elicit>[0]["requestedSchema"];

const states = createRequestStateCodec<{ round: number }>({
  key: crypto.getRandomValues(new Uint8Array(32)),
});

/** Refuses a state that this process has not given out. */
export const verifyState = states.verify;

const text = (text: string) => ({ content: [{ type: "text" as const, text }] });

const form = (properties: Record<string, object>, message = "Please fill in"): InputRequest =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: "object",
      properties,
      required: Object.keys(properties),
    } as unknown as Form,
  });

const sampling = (prompt: string): InputRequest =>
  inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: prompt } }],
    maxTokens: 100,
  });

const string = { type: "string" };
const name = form({ name: string }, "What is your name?");

/** What the tools with these names ask, before they say what was answered. */
const asked: Record<string, Record<string, InputRequest>> = {
  test_missing_capability: { answer: sampling("Say something") },
  test_input_required_result_sampling: { capital_question: sampling("Which is the capital?") },
  test_input_required_result_list_roots: { client_roots: inputRequired.listRoots() },
  test_elicitation_sep1034_defaults: {
    form: form({
      name: { ...string, default: "John Doe" },
      age: { type: "integer", default: 30 },
      score: { type: "number", default: 95.5 },
      status: { ...string, enum: ["active", "inactive", "pending"], default: "active" },
      verified: { type: "boolean", default: true },
    }),
  },
  test_elicitation_sep1330_enums: {
    form: form({
      untitledSingle: { ...string, enum: ["option1", "option2", "option3"] },
      titledSingle: { ...string, oneOf: titled("value1", "value2", "value3") },
      legacyEnum: { ...string, enum: ["opt1", "opt2"], enumNames: ["Option One", "Option Two"] },
      untitledMulti: { type: "array", items: { ...string, enum: ["option1", "option2"] } },
      titledMulti: { type: "array", items: { anyOf: titled("value1", "value2") } },
    }),
  },
};

function titled(...values: string[]) {
  return values.map((value) => ({ const: value, title: `Choice ${value}` }));
}

/** The same with a state that comes back unharmed. */
const askedWithState: Record<string, Record<string, InputRequest>> = {
  test_input_required_result_request_state: { confirm: form({ ok: { type: "boolean" } }) },
  test_input_required_result_tampered_state: { confirm: form({ ok: { type: "boolean" } }) },
  test_input_required_result_multiple_inputs: {
    user_name: name,
    greeting: sampling("A greeting, please"),
    client_roots: inputRequired.listRoots(),
  },
};

/** Registers what asks the client before it answers. */
export function registerQuestions(server: McpServer): void {
  const isAnswered = ({ mcpReq }: ServerContext, questions: Record<string, InputRequest>) =>
    Object.keys(questions).every((key) => Object.hasOwn(mcpReq.inputResponses ?? {}, key));
  const answered = ({ mcpReq }: ServerContext) => text(JSON.stringify(mcpReq.inputResponses));

  for (const [tool, inputRequests] of Object.entries(asked)) {
    server.registerTool(tool, { description: tool, inputSchema: z.object({}) }, (_, context) => {
      return isAnswered(context, inputRequests)
        ? answered(context)
        : inputRequired({ inputRequests });
    });
  }

  for (const [tool, inputRequests] of Object.entries(askedWithState)) {
    server.registerTool(
      tool,
      { description: tool, inputSchema: z.object({}) },
      async (_, context) => {
        const state = context.mcpReq.requestState<{ round: number }>();
        if (state?.round === 1 && isAnswered(context, inputRequests)) return text("state-ok");
        const requestState = await states.mint({ round: 1 });
        return inputRequired({ inputRequests, requestState });
      },
    );
  }

  const nameOf = ({ mcpReq }: ServerContext, key: string) =>
    acceptedContent(mcpReq.inputResponses, key, z.object({ name: z.string() }))?.name;
  server.registerTool(
    "test_input_required_result_elicitation",
    { description: "wants a valid name", inputSchema: z.object({}) },
    (_, context) => {
      const given = nameOf(context, "user_name");
      if (given !== undefined) return text(`Hello, ${given}!`);
      return inputRequired({ inputRequests: { user_name: name } });
    },
  );

  server.registerTool(
    "test_input_required_result_multi_round",
    { description: "asks twice", inputSchema: z.object({}) },
    async (_, { mcpReq }) => {
      const round = mcpReq.requestState<{ round: number }>()?.round ?? 0;
      if (round === 2 && mcpReq.inputResponses?.step2) return text("both are answered");
      const next = round === 1 && mcpReq.inputResponses?.step1 ? 2 : 1;
      return inputRequired({
        inputRequests: next === 1 ? { step1: name } : { step2: form({ color: string }) },
        requestState: await states.mint({ round: next }),
      });
    },
  );

  server.registerTool(
    "test_input_required_result_capabilities",
    { description: "asks what the client can answer", inputSchema: z.object({}) },
    (_, context): ReturnType<typeof text> | InputRequiredResult => {
      const can: ClientCapabilities = server.server.getClientCapabilities() ?? {};
      const inputRequests = {
        ...can.elicitation && { user_name: name },
        ...can.sampling && { greeting: sampling("A greeting, please") },
      };
      const isDone = Object.keys(inputRequests).length === 0 || isAnswered(context, inputRequests);
      return isDone ? answered(context) : inputRequired({ inputRequests });
    },
  );

  server.registerTool(
    "test_sampling",
    { description: "asks the model", inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, context) => {
      const inputRequests = { answer: sampling(prompt) };
      return isAnswered(context, inputRequests)
        ? answered(context)
        : inputRequired({ inputRequests });
    },
  );

  server.registerTool(
    "test_elicitation",
    { description: "asks the person", inputSchema: z.object({ message: z.string() }) },
    ({ message }, context) => {
      const inputRequests = { form: form({ username: string, email: string }, message) };
      return isAnswered(context, inputRequests)
        ? answered(context)
        : inputRequired({ inputRequests });
    },
  );

  server.registerPrompt(
    "test_input_required_result_prompt",
    { description: "asks for its context", argsSchema: z.object({}) },
    (_, context) => {
      const inputRequests = { user_context: form({ context: string }) };
      if (!isAnswered(context, inputRequests)) return inputRequired({ inputRequests });
      const { content } = answered(context);
      return { messages: content.map((content) => ({ role: "user" as const, content })) };
    },
  );
}
