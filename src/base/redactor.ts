/** Anything shorter is no secret worth its name, and may be a part of any word. */
const minLength = 8;
/** So much of the beginning of a longer secret is taken out too: whoever quotes may have cut it. */
const recognized = 24;
/** What stands where a secret stood. */
const mark = "[redacted]";

/** Knows secret values and takes them out of texts. */
export interface Redactor {
  /** From now on this value is taken out; one that is shorter than 8 characters is not. */
  remember(value: string | undefined, options?: RememberOptions): void;
  /** The text without any of the values, however they are written in it. */
  redact(text: string): string;
}

/** How long a value matters. */
export interface RememberOptions {
  /** It is used once, as a proof or a code is, and makes no room for itself among those that last. */
  isPassing?: boolean;
}

/**
 * A redactor that knows at most 256 values, and 64 passing ones, of 2 Mi characters together, the
 * latest. It finds a value as it is, URL-encoded, in a JSON string and in base64, in capitals or not,
 * and its beginning of 24 characters or more where somebody has cut it. What somebody turned into
 * anything else is out of its reach.
 *
 * @example
 * ```ts
 * const { remember, redact } = createRedactor();
 * remember("s3cret-of-the-client");
 * redact("wrong secret s3cret-of-the-client"); // "wrong secret [redacted]"
 * ```
 */
export function createRedactor(): Redactor {
  const lasting = createLatest({ maxCount: 256, maxLength: 1 << 20 });
  const passing = createLatest({ maxCount: 64, maxLength: 1 << 20 });

  return {
    remember(value, { isPassing = false } = {}) {
      if (value === undefined || value.length < minLength) return;
      (isPassing ? passing : lasting).add(value);
    },
    redact(text) {
      if (text.length < minLength) return text;
      const lower = lowerCase(text);
      const found = [...lasting.forms(), ...passing.forms()]
        .flatMap((form) => occurrences(form, lower))
        .sort(([one], [other]) => one - other);
      let redacted = "";
      let done = 0;
      for (const [start, end] of found) {
        // Of two that overlap or touch, nothing is left in between.
        if (start > done || done === 0) redacted += text.slice(done, start) + mark;
        done = Math.max(done, end);
      }
      return redacted + text.slice(done);
    },
  };
}

/** The redactor of this process: whatever is sent, received or read as a secret is told to it. */
const ofThisProcess: Redactor = createRedactor();

/** Has a value taken out of everything that leaves this process; see {@linkcode createRedactor}. */
export const rememberSecret: Redactor["remember"] = ofThisProcess.remember;

/** A text without the secrets of this process, fit to be logged, answered, shown or stored. */
export const redact: Redactor["redact"] = ofThisProcess.redact;

/** The latest of many values, with the forms that they take. */
function createLatest({ maxCount, maxLength }: { maxCount: number; maxLength: number }) {
  /** Oldest first; the forms are made when a text is looked through. */
  const values = new Map<string, readonly string[] | undefined>();
  let length = 0;
  return {
    add(value: string) {
      const known = values.get(value);
      if (!values.delete(value)) length += value.length;
      values.set(value, known);
      for (const oldest of values.keys()) {
        if (values.size <= maxCount && length <= maxLength) break;
        values.delete(oldest);
        length -= oldest.length;
      }
    },
    *forms(): Generator<string> {
      for (const [value, known] of values) {
        const forms = known ?? formsOf(value);
        if (!known) values.set(value, forms);
        yield* forms;
      }
    },
  };
}

/** The ways in which a value is written, without regard to capitals. */
function formsOf(value: string): string[] {
  const text = value.toWellFormed();
  const json = JSON.stringify(value).slice(1, -1);
  const bytes = new TextEncoder().encode(text);
  const base64 = [0, 1, 2].map((offset) => base64Within(bytes, offset));
  const forms = [
    value,
    encodeURIComponent(text),
    encodeURI(text),
    new URLSearchParams({ "": text }).toString().slice(1),
    json,
    json.replaceAll("/", "\\/"),
    ...base64,
    ...base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")),
  ];
  return [...new Set(forms.map(lowerCase))].filter((form) => form.length >= minLength);
}

/** What bytes look like in base64 when `offset` others (modulo 3) come before them, and any after. */
function base64Within(bytes: Uint8Array, offset: number): string {
  let binary = "\0".repeat(offset);
  for (const byte of bytes) binary += String.fromCharCode(byte);
  // The first and the last characters tell of neighbours, too.
  return btoa(binary).slice(offset && offset + 1, Math.floor(binary.length * 8 / 6));
}

/** Where a form, or the beginning of a long one, stands in a text. */
function occurrences(form: string, text: string): [start: number, end: number][] {
  const found: [number, number][] = [];
  const beginning = form.slice(0, recognized);
  let at = text.indexOf(beginning);
  while (at >= 0) {
    let length = beginning.length;
    while (length < form.length && text[at + length] === form[length]) length++;
    found.push([at, at + length]);
    at = text.indexOf(beginning, at + length);
  }
  return found;
}

/** Lower case in ASCII: positions stay what they are. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}
