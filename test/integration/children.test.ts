/** Jobs that run other jobs, over the real protocols. */
import { Engine, type TestWork } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

it('wakes a job once when thirty jobs that it runs end at one moment, and loses no end', async () => {
  const name = `test-${Math.random().toString(36).slice(2, 8)}`;
  const engine = await Engine.open({ name, delegatesTo: [name] });
  const names = Array.from({ length: 30 }, (_, i) => `child ${i}`);
  const work: TestWork = {
    run: async ({ text }, ctx) => {
      if (text !== 'hello') return { echo: text };
      const ends = await ctx.runAll(names.map((child) => ({ name: child, type: name, input: { text: child } })));
      return { echo: JSON.stringify(ends) };
    },
  };
  const parent = await engine.accept();
  await engine.wake(parent, work);
  const { children = [], revision } = await engine.read(parent);
  await engine.drain();
  await Promise.all(children.map((id) => engine.wake({ id }, work)));
  const woken = await engine.read(parent);
  expect(woken.awaits).toBeUndefined();
  expect(woken.revision - revision).toBe(30);
  expect((await engine.drain()).map(({ Body = '' }) => JSON.parse(Body).id)).toEqual([parent.id]);
  await engine.wake(parent, work);
  const { status, result } = await engine.read(parent);
  expect(status).toBe('succeeded');
  expect(JSON.stringify(result)).toContain('child 29');
  for (const id of children) expect(await engine.read({ id })).not.toHaveProperty('alarm', expect.anything());
  // Each refused write is another end that was written meanwhile.
  const isOfParent = (input: Readonly<Record<string, unknown>>) => JSON.stringify(input['Key']).includes(parent.id);
  const refused = engine.calls.filter(
    ({ name: call, input, output }) => call === 'UpdateItemCommand' && output === undefined && isOfParent(input),
  );
  expect(refused.length).toBeLessThanOrEqual((30 * 29) / 2);
});
