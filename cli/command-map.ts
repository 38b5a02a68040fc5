/** The commands as data, for programs: `delegation --map json`. */
import type { Command } from './command.ts';
import { exitCodeTexts } from './exit-codes.ts';
import { usageOf } from './help-text.ts';
import { optionsOf } from './parse-command.ts';

/** @returns every command with its arguments, options, examples and the members of its JSON, and what the exit codes mean */
export function commandMap(table: readonly Command[]): object {
  return {
    commands: table.map((command) => {
      const { name, group, summary, details = [], fields, examples = [], callsApi = false } = command;
      return {
        name,
        group,
        usage: `delegation ${usageOf(command)}`,
        summary,
        details,
        callsApi,
        arguments: command.arguments ?? [],
        options: Object.entries(optionsOf(command)).map(([option, facts]) => ({ name: option, ...facts })),
        fields: fields ?? null,
        examples: examples.map(([line, what]) => ({ line, what })),
      };
    }),
    exitCodes: Object.fromEntries(exitCodeTexts),
  };
}
