import { concatBytes } from "../../base/concat_bytes.ts";
import { comma, openBrace, scanMembers, skipSpace, skipValue } from "./scan_json.ts";

/** One member of an object, and where it stands. */
export interface Member {
  /** Its name. */
  readonly name: string;
  /** Where its name starts, with the quotation mark. */
  readonly start: number;
  /** Where its value starts. */
  readonly valueStart: number;
  /** Where its value ends. */
  readonly end: number;
}

/** The members of the object that starts at `start`, none when there is no object. It must be JSON. */
export function membersOf(bytes: Uint8Array, start: number): readonly Member[] {
  const members: Member[] = [];
  if (bytes[start] !== openBrace) return members;
  let next = skipSpace(bytes, start + 1);
  scanMembers(bytes, start, (name, valueStart) => {
    const end = skipValue(bytes, valueStart);
    members.push({ name, start: next, valueStart, end });
    const behind = skipSpace(bytes, end);
    next = bytes[behind] === comma ? skipSpace(bytes, behind + 1) : behind;
    return end;
  });
  return members;
}

/**
 * The member with this name of the object that starts at `start`. The last one if there are several,
 * as with `JSON.parse`.
 */
export function memberOf(bytes: Uint8Array, start: number, name: string): Member | undefined {
  return membersOf(bytes, start).findLast((member) => member.name === name);
}

/** The bytes of a member's value, when there is such a member. */
export function valueOf(
  bytes: Uint8Array,
  start: number,
  name: string,
): Uint8Array | undefined {
  const member = memberOf(bytes, start, name);
  return member && bytes.subarray(member.valueStart, member.end);
}

/** What {@linkcode editObject} changes. */
export interface ObjectEdits {
  /** The names of members that are cut out. */
  without?: readonly string[];
  /** Members that are set, each to the JSON text of a value; `undefined` sets nothing. */
  set?: Readonly<Record<string, Uint8Array | string | undefined>>;
}

/**
 * The object that starts at `start` with some of its members cut out or set, by themselves. All other
 * values keep every byte, so that `1.0` and numbers beyond 2^53 survive.
 *
 * @example
 * ```ts
 * const object = new TextEncoder().encode('{"a":1.0,"b":2}');
 * editObject(object, 0, { without: ["b"], set: { c: "true" } }); // {"a":1.0,"c":true}
 * ```
 */
export function editObject(bytes: Uint8Array, start: number, edits: ObjectEdits): Uint8Array {
  const { without = [], set = {} } = edits;
  const added = Object.entries(set).filter(([, value]) => value !== undefined);
  const isCut = (name: string) => without.includes(name) || added.some(([other]) => other === name);
  const parts: Uint8Array[] = [];
  for (const { name, start: from, end } of membersOf(bytes, start)) {
    if (!isCut(name)) parts.push(separator(parts), bytes.subarray(from, end));
  }
  for (const [name, value] of added) {
    parts.push(
      separator(parts),
      encoder.encode(`${JSON.stringify(name)}:`),
      typeof value === "string" ? encoder.encode(value) : value as Uint8Array,
    );
  }
  return concatBytes([...parts.length === 0 ? [opening] : parts, closing]);
}

function separator(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 0 ? opening : between;
}

const encoder = new TextEncoder();
const opening = Uint8Array.of(openBrace);
const closing = Uint8Array.of(0x7d);
const between = Uint8Array.of(comma);
