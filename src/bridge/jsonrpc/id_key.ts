/**
 * One text for all ways to write the same id: `1`, `1.0` and `1e0` are one, `"a"` and `"\u0061"` are
 * one. Whole numbers keep every digit, so that ids beyond 2^53 stay different.
 */
export function idKey(id: string): string {
  if (/^(?:-?[1-9]\d*|0|"[^"\\]*")$/.test(id)) return id;
  return JSON.stringify(JSON.parse(id));
}

/**
 * Whether an answer's id means the request's. More lenient than {@linkcode idKey}: a backend that
 * keeps numbers as doubles sends `12345678901234567000` back for `12345678901234567890`.
 */
export function sameId(answer: string, request: string): boolean {
  if (answer === request) return true;
  if (answer[0] === '"' || request[0] === '"') {
    return answer[0] === request[0] && idKey(answer) === idKey(request);
  }
  return Number(answer) === Number(request);
}

/** Whether two ids differ in nothing but that one is a number and the other a string of its digits. */
export function hasSameText(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(id: string): string {
  return idKey(id).replace(/^"(.*)"$/, "$1");
}
