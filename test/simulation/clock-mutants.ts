/** Mutants of the clock that simulations of a few jobs cannot show. The floods must catch each. */
import type { Mutant } from './mutant-places.ts';

const core = (file: string, find: string, replace: string): Mutant => ({ file: `lambdas/core/${file}`, find, replace });

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: text of the engine's own templates */
export const clockMutants: Readonly<Record<string, Mutant>> = {
  'alarms of owners are not distinguished': core('job/alarm-key.ts', '${ownerNumber(owner)}', "${ownerNumber('')}"),
  'the many alarms of one owner are read one by one': core(
    'reconcile/due-alarms.ts',
    '{ key: keyAfterOwner(last.key) }',
    '{ key: last.key, id: last.id }',
  ),
  'fresh alarms wait behind the backlog': core(
    'reconcile/due-alarms.ts',
    'await this.walk(partition, { from: { key: String(freshSinceMs) }, untilMs, isOver });',
    '',
  ),
  'a backlog is read from its head each time': core(
    'reconcile/wake-due.ts',
    'cursor: cursors.get(partition), isOver',
    'cursor: undefined, isOver',
  ),
  'failing alarms at the head are read again each time': core(
    'reconcile/due-alarms.ts',
    'await this.read(partition, after, minuteStartMs)',
    'await this.read(partition, undefined, minuteStartMs)',
  ),
  'deadlines are read from one page only': core('reconcile/expire-overdue.ts', 'after = page.next;', 'after = undefined;'),
  'a search for deadlines starts at its head each time': core(
    'reconcile/expire-overdue.ts',
    "cursors.get(name) ?? { key: '0' };",
    "{ key: '0' };",
  ),
  'the position of the last run is not stored': core('reconcile/cursors.ts', 'await control.writeCursors(current);', ''),
  'a run does not check its remaining time': core(
    'reconcile/clock-run.ts',
    'return this.deps.remainingMs() <= minRemainingMs;',
    'return false;',
  ),
  'a type waits until the one before is done': core(
    'reconcile/sweep.ts',
    'if ((await turns.next()).done) open.delete(turns);',
    'while (!(await turns.next()).done) if (isTimeUp()) return false;\n      open.delete(turns);',
  ),
};
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: until here */
