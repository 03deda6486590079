/** One table of a TOML document, by the numbers of its lines. */
export interface TomlTable {
  /** The parts of its name; none for what stands before the first header. */
  path: readonly string[];
  /** The line of its header; -1 where it has none. */
  header: number;
  /** The line after its last one that is not blank or a comment. */
  end: number;
  /** Its keys, each with the parts of its name, its first line and the line after its last one. */
  keys: { path: readonly string[]; from: number; to: number }[];
}

/**
 * The lines of a TOML document, line breaks included, and the tables among them. It knows just
 * enough of TOML to not take the inside of strings and arrays for headers or keys.
 */
export function scanToml(text: string): { lines: string[]; tables: TomlTable[] } {
  const lines = text.match(/[^\n]*\n|[^\n]+/g) ?? [];
  let table: TomlTable | undefined = { path: [], header: -1, end: 0, keys: [] };
  const tables = [table];
  for (let i = 0; i < lines.length;) {
    // What `\s` stands for has the mark at the beginning of a text among it.
    const line = lines[i].trimEnd();
    const [, header] = line.match(/^\s*\[((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^[\]"'])+)\]/) ?? [];
    if (header !== undefined) {
      table = { path: keyParts(header), header: i, end: ++i, keys: [] };
      tables.push(table);
    } else if (/^\s*(?:#.*)?$/.test(line)) {
      i++;
    } else {
      const from = i;
      const array = /^\s*\[\[/.test(line);
      i = array ? i + 1 : endOfValue(lines, i);
      // The header of an array of tables ends the table before it and begins none of ours.
      if (array) table = undefined;
      else if (table) {
        table.keys.push({ path: keyParts(line.slice(0, assignment(line))), from, to: i });
        table.end = i;
      }
    }
  }
  return { lines, tables };
}

/** The line after the one on which a value ends that begins on line `i`. */
function endOfValue(lines: readonly string[], i: number): number {
  let depth = 0;
  let quote = "";
  for (let position = assignment(lines[i]); i < lines.length; i++, position = 0) {
    const line = lines[i];
    while (position < line.length) {
      const rest = line.slice(position);
      if (quote !== "") {
        if (quote[0] === '"' && rest.startsWith("\\")) position += 2;
        else if (rest.startsWith(quote)) {
          position += quote.length;
          // Up to two more quotes may stand before the closing three.
          while (line[position] === rest[0]) position++;
          quote = "";
        } else position++;
        continue;
      }
      const [opening] = rest.match(/^(?:"""|'''|"|')/) ?? [];
      if (opening) quote = opening;
      else if (rest.startsWith("#")) break;
      else if (/^[[{]/.test(rest)) depth++;
      else if (/^[\]}]/.test(rest)) depth--;
      position += opening?.length ?? 1;
    }
    if (quote.length < 3 && depth <= 0) return i + 1;
  }
  return lines.length;
}

/** Where the `=` of a line stands that is not inside a quoted key. */
function assignment(line: string): number {
  const [key] = line.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^"'=])*/)!;
  return key.length;
}

/** The parts of a dotted key, unquoted. */
function keyParts(text: string): string[] {
  const parts = text.match(/"(?:[^"\\]|\\.)*"|'[^']*'|[^\s."']+/g) ?? [];
  return parts.map((part) => {
    if (part[0] === "'") return part.slice(1, -1);
    if (part[0] !== '"') return part;
    try {
      return JSON.parse(part);
    } catch {
      return part;
    }
  });
}
