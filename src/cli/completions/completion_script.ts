import { programName } from "../../base/version.ts";
import type { CommandRow } from "../commands/command.ts";
import { optionNames, options } from "../../settings/options.ts";
import type { SettingOption } from "../../settings/setting_option.ts";

/** The shells that completions are written for. */
export type Shell = "bash" | "zsh" | "fish" | "powershell";

interface Flag {
  flag: string;
  help: string;
  takesValue: boolean;
  /** What its value is completed with. */
  values: readonly string[] | "files" | undefined;
}

/** The script that makes a shell complete commands, flags and their values. */
export function completionScript(shell: Shell, commands: readonly CommandRow[]): string {
  return { bash, zsh, fish, powershell }[shell](commands);
}

function settingFlags(): Flag[] {
  return optionNames.flatMap((name): Flag[] => {
    const row: SettingOption<unknown> = options[name];
    if (!row.flag.startsWith("--")) return [];
    const { value } = row;
    return [{
      flag: row.flag,
      help: row.help,
      takesValue: value !== undefined,
      values: row.choices ?? (value && /file|directory/.test(value) ? "files" : undefined),
    }];
  }).concat([
    { flag: "--help", help: "print the help", takesValue: false, values: undefined },
  ]);
}

function ownFlags(command: CommandRow): Flag[] {
  return command.flags.map(({ flag, help, value, choices }) => ({
    flag,
    help,
    takesValue: value !== undefined,
    values: choices ?? (value && /file/.test(value) ? "files" : undefined),
  }));
}

/** For bash 3.2 too, the last one that macOS has: no `mapfile`, and no `compopt`. */
function bash(commands: readonly CommandRow[]): string {
  const settings = settingFlags();
  const words = (flags: readonly Flag[]) => flags.map(({ flag }) => flag).join(" ");
  const every = [...settings, ...commands.flatMap(ownFlags)];
  const branches = commands.map((command) =>
    `    ${command.name}) words="${
      [words(ownFlags(command)), ...command.argument?.choices ?? []].join(" ").trim()
    }" ;;`
  );
  const values = unique(every.filter(({ takesValue }) => takesValue)).map(({ flag, values }) => {
    const reply = values === "files"
      ? `compopt -o filenames 2>/dev/null; IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$word")); `
      : values
      ? `COMPREPLY=($(compgen -W "${values.join(" ")}" -- "$word")); `
      : "";
    return `    ${flag}) ${reply}return ;;`;
  });
  return `# ${programName} completions bash
_authful_mcp_proxy() {
  local IFS=$' \\t\\n' word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= i words=
  COMPREPLY=()
  case $previous in
${values.join("\n")}
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    ${commands.map(({ name }) => name).join("|")}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $command in
${branches.join("\n")}
    *) words="${commands.map(({ name }) => name).join(" ")} help --version" ;;
  esac
  COMPREPLY=($(compgen -W "$words ${words(settings)}" -- "$word"))
}
complete -F _authful_mcp_proxy ${programName}
`;
}

function zsh(commands: readonly CommandRow[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const spec = ({ flag, help, takesValue, values }: Flag) => {
    const text = help.replace(/[[\]:\\]/g, "\\$&");
    const value = values === "files"
      ? ":file:_files"
      : values
      ? `:value:(${values.join(" ")})`
      : takesValue
      ? ":value:"
      : "";
    return quoted(`${flag}[${text}]${value}`);
  };
  const rows = (flags: readonly Flag[]) => flags.map((flag) => `    ${spec(flag)}`).join("\n");
  const branches = commands.map((command) =>
    `  (${command.name})
    own=(
${rows(ownFlags(command))}
    )
    rest=${
      quoted(
        command.argument ? `2:argument:(${command.argument.choices.join(" ")})` : "2:url:_urls",
      )
    }
    ;;`
  );
  return `#compdef ${programName}
# ${programName} completions zsh
_authful_mcp_proxy() {
  local -a settings own names
  local rest="1: :->first"
  settings=(
${rows(settingFlags())}
  )
  names=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join("\n")}
  )
  case $words[2] in
${branches.join("\n")}
  esac
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe -t commands command names
    return
  fi
  _arguments "$settings[@]" "$own[@]" "$rest"
}
_authful_mcp_proxy "$@"
`;
}

function fish(commands: readonly CommandRow[]): string {
  const quoted = (text: string) => `'${text.replace(/['\\]/g, "\\$&")}'`;
  const line = (flag: Flag, condition?: string) =>
    [
      `complete -c ${programName}`,
      condition && `-n ${quoted(condition)}`,
      `-l ${flag.flag.slice(2)}`,
      flag.values === "files"
        ? "-r -F"
        : flag.values
        ? `-x -a ${quoted(flag.values.join(" "))}`
        : flag.takesValue
        ? "-x"
        : "-f",
      `-d ${quoted(flag.help)}`,
    ].filter((part) => part).join(" ");
  const first = "__fish_use_subcommand";
  return [
    `# ${programName} completions fish`,
    `complete -c ${programName} -f`,
    ...commands.map(({ name, summary }) =>
      `complete -c ${programName} -n ${first} -a ${name} -d ${quoted(summary)}`
    ),
    ...settingFlags().map((flag) => line(flag)),
    ...commands.flatMap((command) => {
      const condition = `__fish_seen_subcommand_from ${command.name}`;
      const choices = command.argument?.choices.join(" ");
      return [
        ...ownFlags(command).map((flag) => line(flag, condition)),
        ...choices
          ? [`complete -c ${programName} -n ${quoted(condition)} -a ${quoted(choices)}`]
          : [],
      ];
    }),
    "",
  ].join("\n");
}

function powershell(commands: readonly CommandRow[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const list = (texts: readonly string[]) => `@(${texts.map(quoted).join(", ")})`;
  const every = unique([...settingFlags(), ...commands.flatMap(ownFlags)]);
  const values = every.filter(({ values }) => Array.isArray(values)).map(({ flag, values }) =>
    `    ${quoted(flag)} = ${list(values as readonly string[])}`
  );
  const own = commands.map((command) =>
    `    ${quoted(command.name)} = ${
      list([...ownFlags(command).map(({ flag }) => flag), ...command.argument?.choices ?? []])
    }`
  );
  return `# ${programName} completions powershell
Register-ArgumentCompleter -Native -CommandName ${quoted(programName)} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $settings = ${list(settingFlags().map(({ flag }) => flag))}
  $commands = ${list(commands.map(({ name }) => name))}
  $values = @{
${values.join("\n")}
  }
  $own = @{
${own.join("\n")}
  }
  $words = @($commandAst.CommandElements | ForEach-Object { $_.ToString() } | Where-Object { $_ -ne $wordToComplete })
  $command = $words | Where-Object { $commands -contains $_ } | Select-Object -First 1
  $candidates = if ($values.ContainsKey($words[-1])) { $values[$words[-1]] }
    elseif ($command) { $own[$command] + $settings }
    else { $commands + $settings }
  $candidates | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}

function unique(flags: readonly Flag[]): Flag[] {
  return [...new Map(flags.map((flag) => [flag.flag, flag])).values()];
}
