/** The help: of all commands, of those below a word, and of one. */
import type { Command, CommandArgument, CommandGroup, CommandOption } from './command.ts';
import { optionsOf } from './parse-command.ts';

const groupTitles: Readonly<Record<CommandGroup, string>> = {
  jobs: 'Jobs',
  deployment: 'A deployment',
  'this machine': 'This machine',
  tools: 'Tools',
};

const footer = `delegation help COMMAND      what a command takes
delegation help exit-codes   what the exit codes mean
delegation whoami            which API is called, and why that one
`;

/** @param width columns of the terminal @returns the help of all commands, or of those whose name begins with a word */
export function helpOfAll(table: readonly Command[], width: number, below?: string): string {
  const shown = below === undefined ? table : table.filter(({ name }) => name.startsWith(`${below} `) || name === below);
  const longest = Math.max(...shown.map(({ name }) => name.length));
  const sections = Object.entries(groupTitles).flatMap(([group, title]) => {
    const rows = shown.filter((command) => command.group === group).map(({ name, summary }) => row(name, summary, longest, width));
    return rows.length === 0 ? [] : [`${title}\n${rows.join('\n')}\n`];
  });
  return `delegation ${below ?? '<command>'}\n\n${sections.join('\n')}\n${footer}`;
}

/** @returns the help of one command */
export function helpOfCommand(command: Command, width: number): string {
  const { summary, details = [], examples = [] } = command;
  const options = Object.entries(optionsOf(command)).map(([name, option]) => [optionText(name, option), descriptionOf(option)] as const);
  const given = (command.arguments ?? []).map(({ name, description }) => [name, description] as const);
  const longest = Math.min(28, Math.max(...[...options, ...given].map(([name]) => name.length)));
  const rows = (list: readonly (readonly [string, string])[]) => list.map(([name, what]) => row(name, what, longest, width)).join('\n');
  return [
    wrap(`delegation ${usageOf(command)}`, width, '    '),
    [summary, ...details].map((paragraph) => wrap(paragraph, width)).join('\n\n'),
    ...(given.length === 0 ? [] : [rows(given)]),
    rows(options),
    ...(examples.length === 0 ? [] : [examples.map(([line, what]) => `  ${line}\n      ${what}`).join('\n')]),
  ]
    .join('\n\n')
    .concat('\n');
}

/** @returns the name and its arguments, as in `job <id>` */
export function usageOf(command: Command): string {
  return [command.name, ...(command.arguments ?? []).map(argumentText), '[options]'].join(' ');
}

function argumentText({ name, isOptional = false, isRepeated = false }: CommandArgument): string {
  const shown = `${isOptional ? '[' : '<'}${name}${isOptional ? ']' : '>'}`;
  return isRepeated ? `${shown}…` : shown;
}

export function optionText(name: string, { value, short }: CommandOption): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${name === 'json' ? `[${value}]` : value}`}`;
}

function descriptionOf({ description, choices, isRepeated = false }: CommandOption): string {
  const known = choices === undefined ? '' : `: ${choices.join(', ')}`;
  return `${description}${known}${isRepeated ? ' (repeatable)' : ''}`;
}

/** Two columns, or one below the other where the terminal is narrow. */
function row(name: string, what: string, longest: number, width: number): string {
  const indent = longest + 4;
  if (width < indent + 24) return `  ${name}\n${wrap(what, width, '    ', '    ')}`;
  const text = wrap(what, width, ' '.repeat(indent), ' '.repeat(indent));
  return name.length > longest ? `  ${name}\n${text}` : `  ${name.padEnd(longest)}  ${text.slice(indent)}`;
}

/** @returns the text in lines of at most `width` columns, where words allow it */
export function wrap(text: string, width: number, indent = '', first = ''): string {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    const isEmpty = line.trim() === '';
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = isEmpty ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
