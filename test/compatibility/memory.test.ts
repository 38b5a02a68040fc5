import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Memory, memoryOf } from './memory.ts';

const now = memoryOf(join(__dirname, '..', '..'));
const releases = readdirSync(__dirname).filter((file) => /^memory-.+\.json$/.test(file));

it('knows what jobs remembered in a release', () => expect(releases).toContain('memory-0.1.0.json'));

describe.each(releases)('%s', (file) => {
  const then = JSON.parse(readFileSync(join(__dirname, file), 'utf8')) as Memory;

  it.each(Object.keys(then))(
    '%s remembers the same, or its contract has another version, so that older records are not continued',
    (type) => {
      const [before, after] = [then[type], now[type]];
      if (after === undefined || after.version > (before?.version ?? 0)) return;
      expect(after).toEqual(before);
    },
  );
});

it('sees steps, waits and the members of checkpoints', () =>
  expect([...(now['launch-instances']?.remembers ?? []), ...(now['write-batch']?.remembers ?? [])]).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^worker\.ts: step schedule-termination/),
      expect.stringMatching(/waitUntil/),
      expect.stringMatching(/^launch-checkpoint\.ts: Search\.trying/),
      'progress.ts: WriteBatchCheckpoint.rejectedParts: readonly Part[]',
    ]),
  ));
