/** The clock, broken in named ways that no history of some jobs can show: each must be caught by the floods. */
import type { Mutant } from './mutants.ts';

const core = (file: string, find: string, replace: string): Mutant => ({ file: `lambdas/core/${file}`, find, replace });

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: places in the engine's own templates */
export const clockMutants: Readonly<Record<string, Mutant>> = {
  'owners of alarms are not told apart': core('job/alarm-key.ts', '${slotOf(owner)}', "${slotOf('')}"),
  'the many alarms of one owner are read one by one': core(
    'reconcile/due-alarms.ts',
    '{ key: behindOwner(last.key) }',
    '{ key: last.key, id: last.id }',
  ),
  'fresh alarms wait behind the backlog': core(
    'reconcile/due-alarms.ts',
    'await this.walk(partition, { key: String(freshSinceMs) }, untilMs, isOver);\n',
    '',
  ),
  'a backlog is looked over from its head each time': core(
    'reconcile/clock.ts',
    'cursor: this.cursors.get(partition), isOver',
    'cursor: undefined, isOver',
  ),
  'what fails at the head is read again and again': core(
    'reconcile/due-alarms.ts',
    'await this.read(partition, after, sinceMs)',
    'await this.read(partition, undefined, sinceMs)',
  ),
  'deadlines are looked for on one page': core('reconcile/clock.ts', 'after = page.next;', 'after = undefined;'),
  'a search for deadlines begins at its head each time': core(
    'reconcile/clock.ts',
    "this.cursors.get(cursorOf(partition)) ?? { key: '0' };",
    "{ key: '0' };",
  ),
  'where it stopped is not kept': core('reconcile/clock.ts', 'await control.writeCursors(cursors);', ''),
  'a run does not look at its time': core('reconcile/clock.ts', 'return this.ports.remainingMs() <= marginMs;', 'return false;'),
  'types have their turn when the one before is done': core(
    'reconcile/clock.ts',
    'if ((await lane.next()).done) open.delete(lane);',
    'while (!(await lane.next()).done) if (this.isOver()) return false;\n        open.delete(lane);',
  ),
};
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: until here */
