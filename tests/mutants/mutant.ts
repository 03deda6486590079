/** One change of the program that its tests should notice. */
export interface Mutant {
  /** The file, from the root of the repository, with `/`. */
  file: string;
  /** The line that the change begins on, from 1. */
  line: number;
  /** Where the text begins that is replaced, in UTF-16 units. */
  start: number;
  /** Where it ends. */
  end: number;
  /** What stands there instead. */
  replacement: string;
  /** The name of the operator that made it, of {@linkcode operators}. */
  operator: string;
  /** The change for people: `a < b → a <= b`, in one line, shortened. */
  change: string;
}
