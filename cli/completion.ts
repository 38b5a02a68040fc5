/** Completion of commands and options, for shells. */
import { type Command, UsageError } from './command.ts';
import { optionsOf } from './parse-command.ts';

/** @returns a script for the shell @throws UsageError for a shell that is not known */
export function completionOf(shell: string, table: readonly Command[]): string {
  switch (shell) {
    case 'bash':
      return bash(table);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(table)}`;
    case 'fish':
      return fish(table);
    default:
      throw new UsageError(`The shell must be bash, zsh or fish (was "${shell}").`);
  }
}

/** Completes first words, the words after them, the options of each command, and files elsewhere. */
function bash(table: readonly Command[]): string {
  const firsts = [...new Set(table.map(({ name }) => name.split(' ')[0] ?? ''))];
  const seconds = firsts.map(
    (first) => [first, table.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name.slice(first.length + 1))] as const,
  );
  const options = table.map(
    (command) =>
      `    ${quote(command.name)}) options=${quote(
        Object.keys(optionsOf(command))
          .map((name) => `--${name}`)
          .join(' '),
      )} ;;`,
  );
  const choices = table.flatMap((command) =>
    Object.entries(optionsOf(command)).flatMap(([name, { choices: values }]) =>
      values === undefined ? [] : [`    ${quote(`${command.name} --${name}`)}) options=${quote(values.join(' '))} ;;`],
    ),
  );
  return `_delegation() {
  local previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local word="\${COMP_WORDS[COMP_CWORD]}" first="\${COMP_WORDS[1]}" second="\${COMP_WORDS[2]}" options="" seconds=""
  case "$first" in
${seconds
  .filter(([, below]) => below.length > 0)
  .map(([first, below]) => `    ${quote(first)}) seconds=${quote(below.join(' '))} ;;`)
  .join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quote([...firsts, 'help'].join(' '))} -- "$word")); return
  fi
  [ "$COMP_CWORD" -gt 2 ] && case " $seconds " in *" $second "*) first="$first $second" ;; esac
  case "$first" in
${options.join('\n')}
  esac
  [ "$COMP_CWORD" -eq 2 ] && options="$seconds $options"
  case "$first $previous" in
${choices.join('\n')}
    'help '*) options=${quote(firsts.join(' '))} ;;
  esac
  COMPREPLY=($(compgen -W "$options" -- "$word"))
  case "$word" in -*) ;; *) [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$word")) ;; esac
}
complete -o filenames -F _delegation delegation
`;
}

function fish(table: readonly Command[]): string {
  const lines = table.flatMap((command) => {
    const [first = '', second] = command.name.split(' ');
    const seen =
      second === undefined
        ? `__fish_seen_subcommand_from ${first}`
        : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
    const start =
      second === undefined
        ? `complete -c delegation -n __fish_use_subcommand -a ${first} -d ${quote(command.summary)}`
        : `complete -c delegation -n '__fish_seen_subcommand_from ${first}' -a ${second} -d ${quote(command.summary)}`;
    const options = Object.entries(optionsOf(command)).map(
      ([name, { description, value, short }]) =>
        `complete -c delegation -n ${quote(seen)} -l ${name}${short === undefined ? '' : ` -s ${short}`}${value === undefined ? '' : ' -r'} -d ${quote(description)}`,
    );
    return [start, ...options];
  });
  return `${lines.join('\n')}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
