import { adviceText, ProxyError } from "../../base/errors.ts";
import { SettingValueError } from "../../settings/values.ts";
import { type OptionName, options } from "../../settings/options.ts";
import { UsageError } from "../../base/usage_error.ts";

/** What is wrong with an answer to the question for a setting; `undefined` when it will do. */
export function wrongValue(name: OptionName, answer: string): string | undefined {
  try {
    options[name].parse(answer);
    return undefined;
  } catch (error) {
    if (!(error instanceof SettingValueError)) throw error;
    const what = `That ${error.message}`;
    return error.fix === undefined ? what : adviceText({ what, fix: error.fix });
  }
}

/** The error for a question where there is nobody who could answer it. */
export function nobodyToAsk(): UsageError {
  return new UsageError({
    what: "there is no terminal to ask in",
    fix: "add --yes to write the file or --dry-run to only show the change",
    command: "setup",
  });
}

/** The error for an input that ended in the middle of the questions. */
export function inputEnded(): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: "the input ended before every question was answered",
    fix: "run it again, or give the answers as flags",
    reason: "input_ended",
  });
}
