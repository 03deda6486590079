/** The headings under which `--help` and the documentation list the options. */
export type OptionGroup =
  | "Backend"
  | "Network"
  | "Provider"
  | "Sign-in"
  | "Company sign-on"
  | "Workloads"
  | "Credentials"
  | "Files"
  | "Output";

/** One way to set one setting: everything that help, parsing and documentation need to know of it. */
export interface SettingOption<T> {
  /** The long flag, or the name of the positional argument. */
  flag: `--${string}` | "MCP_BACKEND_URL";
  /** The placeholder of its value in help; absent for switches. */
  value?: string;
  /** The flag may come several times; the variable then has one value per line. */
  repeatable?: true;
  /** The values it can take, for completion and documentation; `parse` judges. */
  choices?: readonly string[];
  /** The environment variable; absent when there is none. */
  env?: string;
  /** Where help lists it. */
  group: OptionGroup;
  /** What it does, in one sentence without a full stop. */
  help: string;
  /** What holds when nothing is set. */
  default: T;
  /** How help and documentation name the default; absent to leave it out. */
  defaultText?: string;
  /** Reads the text of a flag or variable; throws `SettingValueError`. */
  parse(text: string): NonNullable<T>;
  /** The value is never shown. */
  secret?: true;
}
