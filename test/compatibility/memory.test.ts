/** Jobs that an earlier version suspended are continued by this one; and the proof that a change which prevents that is noticed. */
import { join } from 'node:path';
import { changedMemory, type Memory, memoryOf } from './memory.ts';
import { baselinesOf } from './record-now.ts';

const now = memoryOf(join(__dirname, '..', '..'));
const recorded = JSON.parse(JSON.stringify(now)) as Memory;

it.each([...baselinesOf<Memory>('memory'), ['this version', recorded] as const])(
  'job types remember the same as in %s, or have another version, so that older records are not continued',
  (_version, then) => expect(changedMemory(then, now)).toEqual([]),
);

describe('a change of what a job type remembers', () => {
  const type = 'write-batch';
  const { version = 0, remembers = [] } = now[type] ?? {};

  it('is noticed while its version is the same', () => {
    expect(changedMemory({ ...now, [type]: { version, remembers: remembers.slice(1) } }, now)).toEqual([type]);
    expect(changedMemory(now, { ...now, [type]: { version, remembers: [...remembers, 'step other'] } })).toEqual([type]);
    expect(changedMemory(now, { ...now, [type]: { version: version - 1, remembers } })).toEqual([type]);
  });

  it('is allowed with a higher version, and when the type is removed', () => {
    const { [type]: _removed, ...others } = now;
    expect(changedMemory(now, { ...now, [type]: { version: version + 1, remembers: [] } })).toEqual([]);
    expect(changedMemory(now, others)).toEqual([]);
  });
});

it('includes steps, waits and the members of checkpoints', () =>
  expect([...(now['launch-instances']?.remembers ?? []), ...(now['write-batch']?.remembers ?? [])]).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^step schedule-termination/),
      expect.stringMatching(/waitUntil/),
      expect.stringMatching(/^LaunchCheckpoint\.pendingAttempt/),
      'WriteBatchCheckpoint.rejectedParts: readonly Part[]',
    ]),
  ));
