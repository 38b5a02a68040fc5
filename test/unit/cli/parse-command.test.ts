import * as fc from 'fast-check';
import { commands } from '../../../cli/commands.ts';
import { optionsOf, parseCommand } from '../../../cli/parse-command.ts';

const read = (...argv: string[]) => {
  const parsed = parseCommand(argv, commands);
  if (parsed.kind !== 'command') throw new Error(`help of ${parsed.command?.name ?? parsed.below ?? 'all'}`);
  return { name: parsed.command.name, ...parsed.input };
};

it('reads arguments, options and what follows', () => {
  const { name, arguments: given, options } = read('submit', 'run-query', 'sql=SELECT 1', 'n:=2', '--tag', 'a=1', '--tag=b=2', '--wait');
  expect(name).toBe('submit');
  expect(given).toEqual({ type: 'run-query', members: ['sql=SELECT 1', 'n:=2'] });
  expect({ ...options }).toEqual({ tag: ['a=1', 'b=2'], wait: true });
});

it('takes the longest name that the words begin with', () => {
  expect(read('types').name).toBe('types');
  expect(read('types', 'pause', 'run-query')).toMatchObject({ name: 'types pause', arguments: { type: 'run-query' } });
  expect(read('types', 'paused')).toMatchObject({ name: 'types', arguments: { type: 'paused' } });
});

it.each([
  [['jobs', '--json'], ''],
  [['jobs', '--json', 'id,reason.code'], 'id,reason.code'],
  [['jobs', '--json', 'id', '--all'], 'id'],
  [['jobs', '--json', '--all'], ''],
])('reads %j as the members %j', (argv, members) => expect(read(...argv).options['json']).toBe(members));

it('takes --help after -- for a word', () => expect(read('submit', 'a', '--', '--help').arguments['members']).toEqual(['--help']));

it('picks what only some answers of a command have', () => {
  expect(read('types', 'run-query', '--json', 'limits').options['json']).toBe('limits');
  expect(read('cancel', '--dry-run', '--json', 'count')).toMatchObject({ options: { json: 'count' }, arguments: { id: [] } });
});

it('does not take the id of a job for a member', () => {
  expect(read('job', '--json', 'job_7f3')).toMatchObject({ options: { json: '' }, arguments: { id: 'job_7f3' } });
  expect(read('types', '--json', 'run-query')).toMatchObject({ options: { json: '' }, arguments: { type: 'run-query' } });
});

it.each([
  [['submt'], 'There is no command submt. Did you mean submit?'],
  [['zzz'], 'There is no command zzz.'],
  [['types', 'pause'], 'Missing argument: type.'],
  [['profiles', 'sett'], 'profiles takes no "sett".'],
  [['job'], 'Missing argument: id.'],
  [['job', 'a', 'b'], 'job takes no "b".'],
  [['jobs', '--statsu', 'failed'], 'jobs has no option --statsu. Did you mean --status?'],
  [['jobs', '--limit'], '--limit'],
  [['jobs', '--limit', '1', '--limit', '2'], 'jobs takes --limit once.'],
  [['submit', 'a', '--priority', 'urgent'], '--priority must be one of low, normal, high (was urgent).'],
  [['--url', 'x', 'jobs'], 'Name a command before --url.'],
  [['help', 'nothing'], 'There is no command nothing.'],
  [['submit', 'a', '--json=id,nonsense'], '--json has no member nonsense.'],
  [['submit', 'a', '--json', 'id,nonsense'], '--json has no member nonsense.'],
  [['doctor', '--curl'], 'doctor has no option --curl.'],
])('refuses %j, and says what is known', (argv, message) => expect(() => parseCommand(argv, commands)).toThrow(message));

it.each([[[]], [['--help']], [['help']], [['help', 'types']], [['jobs', '--help']], [['jobs', '-h']], [['help', 'types', 'pause']]])(
  'answers %j with help',
  (argv) => expect(parseCommand(argv, commands).kind).toBe('help'),
);

it('names each command once, and gives no command two options with one letter', () => {
  expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
  for (const command of commands) {
    const letters = Object.values(optionsOf(command)).flatMap(({ short }) => short ?? []);
    expect([command.name, new Set(letters).size]).toEqual([command.name, letters.length]);
  }
});

/** @returns what went wrong; undefined for a command or help */
function refusal(argv: readonly string[]): Error | undefined {
  try {
    parseCommand(argv, commands);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

it('gives any words to a command, help or an error that says something', () => {
  const names = commands.flatMap(({ name }) => name.split(' '));
  const words = fc.oneof(fc.constantFrom(...names, '--json', '--', '-', '-q', '--limit', '--help'), fc.string());
  const isHandled = fc.property(fc.array(words, { maxLength: 8 }), (argv) => {
    const { name = 'UsageError', message = 'none' } = refusal(argv) ?? {};
    return name === 'UsageError' && message !== '';
  });
  expect(() => fc.assert(isHandled)).not.toThrow();
});
