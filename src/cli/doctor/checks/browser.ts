import { browserObstacle } from "../../../platform/browser_obstacle.ts";
import type { Examination } from "../examination.ts";
import type { Finding } from "../finding.ts";

/** Whether a browser that the person sees can be opened from here. */
export async function checkBrowser({ resolved, env, os }: Examination): Promise<Finding[]> {
  const { noBrowser, browser: command, oidcFlow } = resolved.settings;
  const say = (verdict: Finding["verdict"], found: string, fix?: string): Finding[] => [
    { check: "browser", verdict, found, fix },
  ];
  if (!["auto", "browser"].includes(oidcFlow)) {
    return say("ok", `not needed by the flow ${oidcFlow}`);
  }
  if (noBrowser) return say("ok", "the sign-in URL is printed instead (--no-browser)");
  const obstacle = await browserObstacle({ command, env, os });
  if (obstacle === undefined) {
    return say("ok", command === undefined ? "can be opened" : `is opened with ${command}`);
  }
  return say(
    "warning",
    `cannot be opened: ${obstacle}`,
    oidcFlow === "auto"
      ? "sign in with a device code or a printed URL, whichever is offered, or set BROWSER (--browser) to a command that opens URLs"
      : "set OIDC_FLOW to auto, device or paste, or BROWSER (--browser) to a command that opens URLs",
  );
}
