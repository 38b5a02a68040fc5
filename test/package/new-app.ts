import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Place, run, Session } from './commands.ts';
import { finishedJob } from './dev-session.ts';

/** The commands of one package manager. */
export interface NewApp {
  /** Makes the app. */
  readonly init: readonly string[];
  /** The folder that it is made in. */
  readonly folder: string;
  readonly install: readonly string[];
  /** Runs a script of package.json. */
  readonly run: readonly string[];
  readonly exec: readonly string[];
  readonly node: readonly string[];
}

/**
 * Makes an app with `delegation init`, and works with it as its first page says: installs it, runs its test, checks its types, synthesises it where
 * it has a stack, and runs a job. Then a job type is added while it is served.
 * @throws Error that says what was not as it must be
 */
export async function useNewApp(app: NewApp, place: Place): Promise<void> {
  await run(app.init, place);
  const here = { ...place, cwd: app.folder };
  await run(app.install, here);
  await run([...app.run, 'test'], here);
  await run([...app.run, 'types'], here);
  if (existsSync(join(here.cwd, 'app.ts'))) await synthesise(app, here);
  const session = new Session([...app.exec, 'delegation', 'dev', '--port', '0'], here);
  try {
    const [, url = ''] = await session.printed(/listening on (http:\S+)/, 120_000);
    await expectGreeting(url, 'send-greeting');
    await addOneMore({ exec: app.exec, node: app.node, extension: 'ts' }, here);
    await session.printed(/resize-image/, 120_000);
    await expectGreeting(url, 'resize-image');
    await session.interrupt();
  } finally {
    session.kill();
  }
}

async function synthesise({ exec, node }: NewApp, place: Place): Promise<void> {
  await run([...node, 'app.ts'], { ...place, env: { ...place.env, CDK_OUTDIR: 'cdk.out' } });
  const template = readFileSync(join(place.cwd, 'cdk.out', 'Delegation.template.json'), 'utf8');
  if (!template.includes('does send-greeting jobs')) throw new Error('The stack has no function for send-greeting.');
  await run([...exec, 'cdk', '--version'], place);
}

/** Adds the job type resize-image, and runs its test. @throws Error when it is refused, fails, or is added twice */
export async function addOneMore(
  { exec, node, extension }: Pick<NewApp, 'exec' | 'node'> & { readonly extension: 'ts' | 'js' },
  place: Place,
): Promise<void> {
  const add = [...exec, 'delegation', 'add', 'job-type', 'resize-image'];
  await run(add, place);
  const output = await run([...node, '--test', `jobs/resize-image/worker.test.${extension}`], place);
  if (!/pass 2\b/.test(output)) throw new Error(`The test of the new job type printed:\n${output}`);
  const again = await run(add, place).catch((error: unknown) => String(error));
  if (!again.includes('is there already')) throw new Error(`It was added twice:\n${again}`);
}

async function expectGreeting(url: string, type: string): Promise<void> {
  const job = await finishedJob(url, { type, input: { name: 'Ada' } });
  if (job.result?.greeting !== 'Hello, Ada.') throw new Error(`${type} ended with ${JSON.stringify(job)}`);
}
