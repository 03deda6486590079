import atOnce from "./at_once.ts";
import bigArgument from "./big_argument.ts";
import bigResult from "./big_result.ts";
import cancel from "./cancel.ts";
import cleanEnd from "./clean_end.ts";
import completion from "./completion.ts";
import elicitation from "./elicitation.ts";
import type { Feature } from "./feature.ts";
import image from "./image.ts";
import killInMidCall from "./kill_in_mid_call.ts";
import listChanged from "./list_changed.ts";
import logging from "./logging.ts";
import longCall from "./long_call.ts";
import progress from "./progress.ts";
import prompts from "./prompts.ts";
import protocolError from "./protocol_error.ts";
import quiet from "./quiet.ts";
import resources from "./resources.ts";
import restartWhileIdle from "./restart_while_idle.ts";
import roots from "./roots.ts";
import rootsListChanged from "./roots_list_changed.ts";
import sampling from "./sampling.ts";
import sessionLoss from "./session_loss.ts";
import structuredOutput from "./structured_output.ts";
import subscriptions from "./subscriptions.ts";
import templates from "./templates.ts";
import toolError from "./tool_error.ts";
import tools from "./tools.ts";
import unicode from "./unicode.ts";

/** Everything that is measured of a backend, in the order of the table. */
export const features: readonly Feature[] = [
  tools,
  structuredOutput,
  image,
  toolError,
  protocolError,
  resources,
  templates,
  subscriptions,
  prompts,
  completion,
  logging,
  progress,
  cancel,
  sampling,
  elicitation,
  roots,
  rootsListChanged,
  listChanged,
  quiet,
  bigResult,
  bigArgument,
  unicode,
  atOnce,
  longCall,
  killInMidCall,
  restartWhileIdle,
  sessionLoss,
  cleanEnd,
];
