/** What is written to a terminal: nothing that commands it, nothing that does not fit. */
import * as fc from 'fast-check';
import type { Output } from '../../../cli/command-io.ts';
import { outputOf } from '../../../cli/command-io.ts';
import { LiveView } from '../../../cli/live-view.ts';
import { jsonText } from '../../../cli/pick-fields.ts';
import { columnsOf } from '../../../cli/text-style.ts';
import { liveLine } from '../../../cli/watch-jobs.ts';
import type { Job } from '../../../client/shown-job.ts';

const terminal = (width: number, written: string[] = []): Output => ({
  isTerminal: true,
  isColoured: false,
  canRedraw: true,
  width,
  write: async (text) => void written.push(String(text)),
});

it('writes JSON to a terminal that means the same and commands nothing', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const value = { text: `\u009b2J\u202e${text}` };
      const json = jsonText(value, { isTerminal: true });
      expect(json).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      expect(JSON.parse(json)).toEqual(value);
    }),
  ));

it('leaves JSON for programs as it is', () => expect(jsonText('\u009b', { isTerminal: false })).toBe('"\u009b"'));

it.each([24, 40, 80, 200])('fits a job that is followed into %i columns, with the mark before it', (width) => {
  const job = { id: `job_${'0'.repeat(26)}`, type: 'a-type', status: 'running', progress: { fraction: 0.5, message: '日本'.repeat(200) } };
  for (const withId of [false, true])
    expect(columnsOf(`x ${liveLine(job as unknown as Job, 0, terminal(width), withId)}`)).toBeLessThanOrEqual(width);
});

it('draws no more lines than the terminal has rows, and goes back by as many', async () => {
  const written: string[] = [];
  const lines = Array.from({ length: 50 }, (_, i) => `job ${i}`);
  const view = new LiveView(
    terminal(80, written),
    () => lines,
    () => 10,
  );
  view.start();
  await view.end();
  expect(written[0]?.split('\n')).toHaveLength(11);
  expect(written[0]).toContain('… and 41 more');
  expect(written[1]).toContain('\u001b[10A');
});

it('does not move the cursor of a dumb terminal', () => {
  const stream = { isTTY: true, columns: 80 } as NodeJS.WriteStream;
  expect([outputOf(stream, { TERM: 'dumb' }).canRedraw, outputOf(stream, { TERM: 'xterm' }).canRedraw]).toEqual([false, true]);
});
