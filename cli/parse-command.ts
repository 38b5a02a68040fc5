/** Reads the words after `delegation`: which command, its arguments, its options. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Command, type CommandInput, type CommandOption, UsageError } from './command.ts';
import { commonOptions, curlOption, fieldOption, targetOptions } from './common-options.ts';
import { nearest } from './nearest-word.ts';

export type Parsed =
  | { readonly kind: 'command'; readonly command: Command; readonly input: CommandInput }
  /** Help was asked for: of a command, of the commands below a word, or of all. */
  | { readonly kind: 'help'; readonly command?: Command; readonly below?: string };

/** @throws UsageError that says what is wrong and what is known */
export function parseCommand(argv: readonly string[], table: readonly Command[]): Parsed {
  const firstOption = argv.findIndex((word) => word.startsWith('-'));
  const words = firstOption === -1 ? argv : argv.slice(0, firstOption);
  const command = commandOf(words, table);
  const wantsHelp = beforeEnd(argv).some((word) => word === '--help' || word === '-h');
  if (words[0] === 'help') return helpOf(words.slice(1), table);
  if (command !== undefined)
    return wantsHelp
      ? { kind: 'help', command }
      : { kind: 'command', command, input: read(command, argv.slice(command.name.split(' ').length)) };
  if (words.length === 0) {
    if (wantsHelp || argv.length === 0) return { kind: 'help' };
    throw new UsageError(`Name a command before ${argv[0]}.`);
  }
  const [first = ''] = words;
  if (table.some(({ name }) => name.startsWith(`${first} `))) {
    if (wantsHelp) return { kind: 'help', below: first };
    throw new UsageError(unknownBelow(first, words[1], table));
  }
  throw new UsageError(
    `There is no command ${first}.${suggestion(
      first,
      table.map(({ name }) => name.split(' ')[0] ?? ''),
    )}`,
  );
}

/** The words before `--`, after which nothing is an option. */
function beforeEnd(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}

/** The longest name that the words begin with. */
export function commandOf(words: readonly string[], table: readonly Command[]): Command | undefined {
  return [2, 1]
    .map((count) => table.find(({ name }) => name === words.slice(0, count).join(' ') && name.split(' ').length === count))
    .find((found) => found !== undefined);
}

function helpOf(words: readonly string[], table: readonly Command[]): Parsed {
  if (words.length === 0) return { kind: 'help' };
  const command = commandOf(words, table);
  if (command !== undefined) return { kind: 'help', command };
  const [first = ''] = words;
  if (table.some(({ name }) => name.startsWith(`${first} `))) return { kind: 'help', below: first };
  throw new UsageError(
    `There is no command ${words.join(' ')}.${suggestion(
      first,
      table.map(({ name }) => name.split(' ')[0] ?? ''),
    )}`,
  );
}

function unknownBelow(first: string, second: string | undefined, table: readonly Command[]): string {
  const below = table.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name.slice(first.length + 1));
  const known = `After ${first} comes one of: ${below.join(', ')}.`;
  return second === undefined ? known : `There is no command ${first} ${second}. ${known}`;
}

function suggestion(word: string, names: readonly string[]): string {
  const found = nearest(word, names);
  return found === undefined ? '' : ` Did you mean ${found}?`;
}

/** All options that a command takes, its own first. */
export function optionsOf({
  options = {},
  callsApi = false,
  showsCurl = callsApi,
  fields,
}: Command): Readonly<Record<string, CommandOption>> {
  return {
    ...options,
    ...(fields === undefined ? {} : fieldOption),
    ...(callsApi ? targetOptions : {}),
    ...(showsCurl ? curlOption : {}),
    ...commonOptions,
  };
}

function read(command: Command, argv: readonly string[]): CommandInput {
  const options = optionsOf(command);
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { value, short, isRepeated = false }] of Object.entries(options))
    config[name] = { type: value === undefined ? 'boolean' : 'string', multiple: isRepeated, ...(short === undefined ? {} : { short }) };
  const args = withNegativeNumbers(command.fields === undefined ? argv : withFields(argv, command.fields));
  refuseRepeated(args, options, command);
  const { values, positionals } = parseWords([...args], config, command, Object.keys(options));
  checkChoices(values, options);
  if (command.fields !== undefined && typeof values['json'] === 'string') checkFields(values['json'], command.fields);
  return { options: values as CommandInput['options'], arguments: assign(command, positionals) };
}

function parseWords(args: string[], options: NonNullable<ParseArgsConfig['options']>, command: Command, names: readonly string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      const [, given = ''] = /'(-[^']*)'/.exec(message) ?? [];
      throw new UsageError(
        `${command.name} has no option ${given}.${suggestion(
          given,
          names.map((name) => `--${name}`),
        )}`,
      );
    }
    throw new UsageError(message.split('. ')[0]?.replaceAll("'", '') ?? message);
  }
}

/** `parseArgs` reads `--jobs -5` as a missing number; it is a wrong number. */
function withNegativeNumbers(argv: readonly string[]): readonly string[] {
  const args: string[] = [];
  for (const word of argv) {
    const last = args.at(-1);
    if (/^-\d/.test(word) && last !== undefined && /^--[a-z-]+$/.test(last)) args[args.length - 1] = `${last}=${word}`;
    else args.push(word);
  }
  return args;
}

/** Refuses an option that counts once and is given twice: the last value would silently win. */
function refuseRepeated(argv: readonly string[], options: Readonly<Record<string, CommandOption>>, { name }: Command): void {
  const given = beforeEnd(argv)
    .map((word) => /^--([a-z-]+)/.exec(word)?.[1])
    .filter((word) => word !== undefined);
  const twice = given.find((word, i) => given.indexOf(word) !== i && options[word]?.isRepeated !== true);
  if (twice !== undefined) throw new UsageError(`${name} takes --${twice} once.`);
}

/** `--json` alone prints everything, and `--json a,b` the members a and b: the next word counts only if it names members that there are. */
function withFields(argv: readonly string[], fields: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  const at = argv.findIndex((word, i) => word === '--json' && (end === -1 || i < end));
  if (at === -1) return argv;
  const next = argv[at + 1] ?? '';
  const isField = (field: string) => fields.includes(field.split('.')[0] ?? '');
  // Among several words with commas a member that there is not is a typing error, and not an id or a file.
  const isFields = next !== '' && (next.split(',').every(isField) || (/^[\w.]+(,[\w.]+)+$/.test(next) && next.split(',').some(isField)));
  return [...argv.slice(0, at), isFields ? `--json=${next}` : '--json=', ...argv.slice(at + (isFields ? 2 : 1))];
}

/** Before anything is sent: a submission whose answer could not be printed would be made all the same. */
function checkFields(wanted: string, fields: readonly string[]): void {
  const names = wanted === '' ? [] : wanted.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !fields.includes(name.split('.')[0] ?? ''));
  if (unknown.length > 0) throw new UsageError(`--json has no member ${unknown.join(', ')}. There are: ${fields.join(', ')}.`);
}

function checkChoices(values: Readonly<Record<string, unknown>>, options: Readonly<Record<string, CommandOption>>): void {
  for (const [name, value] of Object.entries(values)) {
    const { choices } = options[name] ?? {};
    for (const one of Array.isArray(value) ? value : [value])
      if (choices !== undefined && !choices.includes(String(one)))
        throw new UsageError(`--${name} must be one of ${choices.join(', ')} (was ${String(one)}).`);
  }
}

function assign(command: Command, words: readonly string[]): CommandInput['arguments'] {
  const found: Record<string, string | readonly string[] | undefined> = {};
  let rest = words;
  for (const { name, isOptional = false, isRepeated = false } of command.arguments ?? []) {
    if (rest.length === 0 && !isOptional) throw new UsageError(`Missing argument: ${name}.`);
    found[name] = isRepeated ? rest : rest[0];
    rest = isRepeated ? [] : rest.slice(1);
  }
  if (rest.length > 0) throw new UsageError(`${command.name} takes no ${rest.map((word) => `"${word}"`).join(' ')}.`);
  return found;
}
