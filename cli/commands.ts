/** All commands of `delegation`. */
import type { Command } from './command.ts';
import { jobTable } from './table/commands-of-jobs.ts';
import { deploymentTable } from './table/deployment-commands.ts';
import { localTable } from './table/local-commands.ts';
import { toolTable } from './table/tool-commands.ts';

export const commands: readonly Command[] = [...jobTable, ...deploymentTable, ...localTable, ...toolTable];
