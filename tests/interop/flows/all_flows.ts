import { accountSwitch } from "./account_switch.ts";
import { clientAuthentication } from "./client_authentication.ts";
import { clientCredentials } from "./client_credentials.ts";
import { consentFlows } from "./consent.ts";
import { deviceFlows } from "./device.ts";
import { doctorFlows } from "./doctor.ts";
import { doctorLines } from "./doctor_lines.ts";
import { dpop } from "./dpop.ts";
import type { Flow } from "./flow.ts";
import { logout } from "./logout.ts";
import { misconfiguration } from "./misconfiguration.ts";
import { offlineAccess } from "./offline_access.ts";
import { privateAuthority } from "./private_authority.ts";
import { pushedRequest } from "./pushed_request.ts";
import { registration } from "./registration.ts";
import { rotation } from "./rotation.ts";
import { sessionOver } from "./session_over.ts";
import { signIn } from "./sign_in.ts";
import { tokenExchange } from "./token_exchange.ts";
import { workload } from "./workload.ts";

/** Everything that is tried at a provider, in the order of the table. */
export const allFlows: readonly Flow[] = [
  signIn,
  ...clientAuthentication,
  rotation,
  offlineAccess,
  ...deviceFlows,
  pushedRequest,
  dpop,
  clientCredentials,
  ...tokenExchange,
  workload,
  ...consentFlows,
  ...sessionOver,
  logout,
  accountSwitch,
  ...misconfiguration,
  ...registration,
  ...doctorFlows,
  doctorLines,
  privateAuthority,
];
