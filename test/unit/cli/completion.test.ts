import { execFileSync } from 'node:child_process';
import { commandMap } from '../../../cli/command-map.ts';
import { commands } from '../../../cli/commands.ts';
import { completionOf } from '../../../cli/completion.ts';
import { helpOfAll, helpOfCommand } from '../../../cli/help-text.ts';

/** @returns what bash offers for the last of these words */
function completed(...words: readonly string[]): readonly string[] {
  const list = words.map((word) => `'${word}'`).join(' ');
  const script = `${completionOf('bash', commands)}\nCOMP_WORDS=(delegation ${list}); COMP_CWORD=${words.length}; _delegation; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { cwd: '/', encoding: 'utf8' }).trim().split('\n');
}

it.each([
  [['sub'], ['submit']],
  [['types', 'p'], ['pause']],
  [['jobs', '--sta'], ['--status']],
  [['help', 'sub'], ['submit']],
  [
    ['submit', 'report', '--priority', ''],
    ['low', 'normal', 'high'],
  ],
  [
    ['types', 'pause', 'run-query', '--re'],
    ['--reason', '--region'],
  ],
])('completes %j in bash', (words, offered) => expect(completed(...words)).toEqual(offered));

it('makes scripts for zsh and fish, and refuses another shell', () => {
  expect(completionOf('zsh', commands)).toContain('bashcompinit');
  expect(completionOf('fish', commands)).toContain("-a submit -d 'Submits a job and prints its id.'");
  expect(() => completionOf('cmd', commands)).toThrow('must be bash, zsh or fish');
});

it.each(commands.map((command) => [command.name, command] as const))('keeps the help of %s within 40, 80 and 100 columns', (_, command) => {
  for (const width of [40, 80, 100])
    for (const line of helpOfCommand(command, width)
      .split('\n')
      .filter((text) => !/^ {2}delegation | {2,}--|^ {6}/.test(text)))
      expect(line.length).toBeLessThanOrEqual(width);
});

it('lists every command in the help and in the map', () => {
  const help = helpOfAll(commands, 100);
  for (const { name } of commands) expect(help).toContain(`  ${name} `);
  expect((commandMap(commands) as { readonly commands: readonly object[] }).commands).toHaveLength(commands.length);
});
