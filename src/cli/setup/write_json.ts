/** How {@linkcode writeJson} lays a value out. */
export interface JsonStyle {
  /** What each level is indented by. */
  unit: string;
  /** The line break. */
  eol: string;
  /** The indentation of the line that the value begins on. */
  indentation?: string;
  /** When given, everything goes on one line, with this after `:` and `,`. */
  space?: string;
}

const widest = 80;

/** JSON as people lay it out: members on lines of their own, short lists of plain values on one. */
export function writeJson(value: unknown, style: JsonStyle): string {
  const { unit, eol, indentation = "", space } = style;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const list = Array.isArray(value);
  const inner = { ...style, indentation: indentation + unit };
  const parts = Object.entries(value).map(([key, member]) =>
    (list ? "" : `${JSON.stringify(key)}:${space ?? " "}`) + writeJson(member, inner)
  );
  const [open, close] = list ? "[]" : "{}";
  if (parts.length === 0) return open + close;
  if (space !== undefined) return open + parts.join(`,${space}`) + close;
  const line = open + parts.join(", ") + close;
  const plain = list && value.every((member) => typeof member !== "object" || member === null);
  if (plain && indentation.length + line.length <= widest) return line;
  const rows = parts.map((part) => eol + inner.indentation + part).join(",");
  return open + rows + eol + indentation + close;
}
