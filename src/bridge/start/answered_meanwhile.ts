import { ProxyError } from "../../base/errors.ts";

/** Ends what is still done for a request that the client has an answer to. */
export const answeredMeanwhile: ProxyError = new ProxyError({
  category: "Backend error",
  what: "the request was answered without the backend",
  fix: "send it again when the person has signed in",
  reason: "signed_out",
});

/** A page of a list that only the backend knows. */
export function unknownPage(method: string): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `this page of ${method} is not known before the person has signed in`,
    fix: `sign in, then send ${method} without a cursor`,
    reason: "signed_out",
  });
}
