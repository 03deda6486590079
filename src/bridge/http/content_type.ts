/** Whether a response is an event stream (media types are case-insensitive, RFC 9110 section 8.3.1). */
export function isEventStream(response: Response): boolean {
  return /^text\/event-stream\b/i.test(typeOf(response));
}

/** Whether a response is JSON, or something written in JSON. */
export function isJson(response: Response): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(typeOf(response));
}

/** What a response brings, for people who read of it: `with content type text/html`. */
export function describeContent({ headers, body }: Response): string {
  const type = headers.get("content-type");
  if (body === null || headers.get("content-length") === "0") return "without content";
  return type ? `with content type ${type}` : "without a content type";
}

function typeOf(response: Response): string {
  return response.headers.get("content-type") ?? "";
}
