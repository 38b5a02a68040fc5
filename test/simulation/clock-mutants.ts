/** Mutants of the clock that simulations of a few jobs cannot show. The floods must catch each. */
import { change, type Mutant } from './mutant-places.ts';

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: text of the engine's own templates */
export const clockMutants: Readonly<Record<string, Mutant>> = {
  'alarms of owners are not distinguished': change('${ownerNumber(owner)}', "${ownerNumber('')}"),
  'the many alarms of one owner are read one by one': change('{ key: keyAfterOwner(last.key) }', '{ key: last.key, id: last.id }'),
  'fresh alarms wait behind the backlog': change(
    'await this.walk(partition, { from: { key: String(freshSinceMs) }, untilMs, isOver });',
    '',
  ),
  'a backlog is read from its head each time': change('cursor: cursors.get(partition), isOver', 'cursor: undefined, isOver'),
  'failing alarms at the head are read again each time': change(
    'await this.read(partition, after, minuteStartMs)',
    'await this.read(partition, undefined, minuteStartMs)',
  ),
  'deadlines are read from one page only': change('after = page.next;', 'after = undefined;'),
  'a search for deadlines starts at its head each time': change("cursors.get(name) ?? { key: '0' };", "{ key: '0' };"),
  'the position of the last run is not stored': change('await control.writeCursors(current);', ''),
  'a run does not check its remaining time': change('return this.deps.remainingMs() <= minRemainingMs;', 'return false;'),
  'a type waits until the one before is done': change(
    'if ((await turns.next()).done) open.delete(turns);',
    'while (!(await turns.next()).done) if (isTimeUp()) return false;\n      open.delete(turns);',
  ),
};
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: until here */
