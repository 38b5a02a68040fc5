/** The metric `Cancelled`: one for each job that ended as cancelled, whoever cancelled it. */
import { ApiCaller } from '../support/api-caller.ts';
import { Engine, type TestWork } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

/** @returns the ids of the jobs that were counted, as often as they were */
const counted = ({ logs }: Engine): readonly string[] =>
  logs.flatMap((line) => {
    const { job, Cancelled } = JSON.parse(line) as { readonly job: string; readonly Cancelled?: number };
    return Cancelled === 1 ? [job] : [];
  });

it('counts a job that a caller cancels, once however often it is asked for', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  const api = ApiCaller.of(engine);
  await api.post(`/v1/jobs/${job.id}/cancel`);
  await api.post(`/v1/jobs/${job.id}/cancel`);
  expect(counted(engine)).toEqual([job.id]);
});

it('counts a job that a later submission replaces', async () => {
  const engine = await Engine.open();
  const api = ApiCaller.of(engine);
  const submission = { type: engine.contract.name, input: { text: 'x' }, uniqueKey: 'k', onDuplicate: 'replace' };
  const first = await api.post('/v1/jobs', submission);
  await api.post('/v1/jobs', submission);
  expect(counted(engine)).toEqual([first.body.id]);
});

it('counts the children that are cancelled with their parent', async () => {
  const name = `test-${Math.random().toString(36).slice(2, 8)}`;
  const engine = await Engine.open({ name, delegatesTo: [name] });
  const parent = await engine.accept();
  await engine.wake(parent, {
    run: async (_, ctx) => {
      await ctx.runAll(['a', 'b'].map((child) => ({ name: child, type: name, input: { text: child } })));
      return { echo: '' };
    },
  });
  const { children = [] } = await engine.read(parent);
  expect(children).toHaveLength(2);
  await engine.cancel(parent);
  expect([...counted(engine)].sort()).toEqual([parent.id, ...children].sort());
});

it.each<[string, TestWork['run']]>([
  [
    'stops',
    async (_, ctx) => {
      await ctx.step('look', async () => undefined);
      ctx.signal.throwIfAborted();
      return { echo: '' };
    },
  ],
  [
    'is about to sleep',
    async (_, ctx) => {
      await ctx.sleep('nap', { hours: 1 });
      return { echo: '' };
    },
  ],
])('counts a job that was cancelled while its worker ran, which then %s', async (_, then) => {
  const engine = await Engine.open();
  const job = await engine.accept();
  await engine.wake(job, {
    run: async (input, ctx) => {
      expect((await engine.cancel(job)).kind).toBe('requested');
      return then(input, ctx);
    },
  });
  expect([(await engine.read(job)).status, counted(engine)]).toEqual(['cancelled', [job.id]]);
});
