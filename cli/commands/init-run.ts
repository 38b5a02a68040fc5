/** `delegation init` and `delegation add job-type`. */

import { flag, type RunCommand, text } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { canAsk, isAnsweredYes } from '../consent.ts';
import { addJobType as add } from '../init/add-job-type-command.ts';
import { init as makeApp } from '../init/init-command.ts';
import type { Terminal } from '../init/init-terminal.ts';

export const init: RunCommand = (input, io) =>
  makeApp({
    folder: text(input, 'folder'),
    template: text(input, 'template'),
    packageManager: text(input, 'package-manager'),
    language: text(input, 'language'),
    isConfirmed: flag(input, 'yes'),
    isDryRun: flag(input, 'dry-run'),
    terminal: terminalOf(io),
  });

export const addJobType: RunCommand = (input, io) =>
  add({ name: text(input, 'name') ?? '', isDryRun: flag(input, 'dry-run'), terminal: terminalOf(io) });

const terminalOf = (io: CommandIo): Terminal => ({
  print: (words) => io.out.write(words),
  report: (words) => io.messages.write(words),
  confirm: canAsk(io) ? (question) => isAnsweredYes(io, question) : undefined,
});
