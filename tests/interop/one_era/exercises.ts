import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Step, StepOutcome } from "./step.ts";

/** A part of the catalogue, as one client after the other goes through it. */
export interface Exercise {
  /** What the table calls it. */
  name: string;
  /** What the client does, in this order. */
  steps: readonly Step[];
  /** What the backend must declare for it, as a path into its capabilities; nothing unless told otherwise. */
  declared?: string;
  /** Throws when the outcomes are not what they should be. */
  check(...outcomes: StepOutcome[]): void;
}

const call = (name: string, args: Record<string, unknown> = {}): Step => ({
  do: "call",
  name,
  args,
});

/** Everything that is done, in one connection; what changes the lists comes last. */
export const exercises: readonly Exercise[] = [
  {
    name: "tools",
    steps: [{ do: "tools" }, call("echo", { text: "Grüße, 世界" })],
    check(tools, echo) {
      ok(tools?.names?.includes("echo"), "echo is not listed");
      equal(echo?.text, "Grüße, 世界");
    },
  },
  {
    name: "structured output",
    steps: [call("add", { a: 19, b: 23 })],
    check: (sum) => deepEqual(sum?.structured, { sum: 42 }),
  },
  {
    name: "tool error",
    steps: [call("fail", { message: "the disk is full" })],
    check(failed) {
      ok(failed?.isError, "it is no error");
      match(failed?.text ?? "", /the disk is full/);
    },
  },
  {
    name: "resources",
    steps: [{ do: "resources" }, { do: "read", uri: "test://static" }],
    check(listed, read) {
      ok(listed?.names?.includes("test://static"), "test://static is not listed");
      equal(read?.text, "static text");
    },
  },
  {
    name: "resource templates",
    steps: [{ do: "templates" }, { do: "read", uri: "test://items/17" }],
    check(listed, read) {
      ok(listed?.names?.includes("test://items/{id}"), "the template is not listed");
      equal(read?.text, "item 17");
    },
  },
  {
    name: "prompts",
    steps: [{ do: "prompts" }, { do: "prompt", name: "greet", args: { name: "Ada" } }],
    check(listed, prompt) {
      ok(listed?.names?.includes("greet"), "greet is not listed");
      equal(prompt?.text, "Hello Ada");
    },
  },
  {
    name: "protocol error",
    steps: [{ do: "prompt", name: "no-such-prompt", args: {} }],
    check: (refused) => ok(Number.isInteger(refused?.error?.code), "it is no error with a code"),
  },
  {
    name: "completion",
    declared: "completions",
    steps: [{ do: "complete", prompt: "greet", argument: "name", value: "A" }],
    check: (completed) => deepEqual(completed?.names, ["Ada", "Alan"]),
  },
  {
    name: "logging",
    declared: "logging",
    steps: [
      { do: "level", level: "info" },
      call("log", { level: "warning", text: "the disk is nearly full" }),
      { do: "hear", method: "notifications/message" },
    ],
    check(_level, called, heard) {
      equal(called?.isError, false);
      equal(heard?.error, undefined);
    },
  },
  {
    name: "progress",
    steps: [call("slow", { seconds: 1, steps: 5 })],
    check(slow) {
      match(slow?.text ?? "", /^done \d+$/);
      // Some clients forget the last one when the result comes in the same read.
      ok((slow?.progress ?? 0) >= 4, `${slow?.progress ?? 0} of 5 notifications came`);
    },
  },
  {
    name: "cancel",
    steps: [
      { do: "call", name: "slow", args: { seconds: 20, steps: 40 }, cancel: true },
      call("echo", { text: "after" }),
    ],
    check(slow, echo) {
      ok(slow?.cancelled, "it was not cancelled");
      equal(echo?.text, "after");
    },
  },
  {
    name: "sampling",
    steps: [call("sample", { prompt: "hello" })],
    check: (sampled) => equal(sampled?.text, "sampled: hello"),
  },
  {
    name: "elicitation",
    steps: [call("elicit", { message: "What is it?" })],
    check: (answered) => match(answered?.text ?? "", /accept.*elicited/is),
  },
  {
    name: "roots",
    steps: [call("roots")],
    check: (roots) => equal(roots?.text, "file:///first"),
  },
  {
    name: "subscriptions",
    declared: "resources.subscribe",
    steps: [
      { do: "subscribe", uri: "test://watched" },
      call("touch"),
      { do: "hear", method: "notifications/resources/updated" },
    ],
    check(subscribed, _touched, heard) {
      equal(subscribed?.error, undefined);
      equal(heard?.error, undefined);
    },
  },
  {
    name: "list_changed",
    declared: "tools.listChanged",
    steps: [
      { do: "watch tools" },
      call("grow"),
      { do: "hear", method: "notifications/tools/list_changed" },
      { do: "tools" },
    ],
    check(_watched, grown, heard, listed) {
      const [name] = /grown_\d+/.exec(grown?.text ?? "") ?? [];
      ok(name, "there is no new tool");
      equal(heard?.error, undefined);
      ok(listed?.names?.includes(name), `${name} is not listed`);
    },
  },
];
