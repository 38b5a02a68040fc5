/** What an earlier version wrote is read and continued by this one; and the proof that a change which prevents that is noticed. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { dynamoDbClient, s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbQuotaStore } from '../../lambdas/adapters/dynamodb-quota-store.ts';
import { isTerminal, jobStatuses } from '../../lambdas/core/job/states.ts';
import { local } from '../../local/resources.ts';
import { Engine, leaseMs } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';
import { baselinesOf, recordNow } from './record-now.ts';
import { apiOf, contract, owner, type RecordedJob, type RecordedRelease, workWith } from './work.ts';

useEmulators();

const current = recordNow()['records'] as RecordedRelease;
const baselines = [...baselinesOf<RecordedRelease>('records'), ['this version', current] as const];
const day = 86_400_000;
let tables = 0;

/** This code over what a version recorded. */
async function load(release: RecordedRelease, { isPaused = false } = {}) {
  const engine = await Engine.open(contract, `compatibility-${++tables}`);
  const [dynamoDb, s3] = [dynamoDbClient(), s3Client()];
  for (const Item of [...Object.values(release.jobs).map(({ item }) => item), ...release.others]) {
    await dynamoDb.send(new PutItemCommand({ TableName: engine.tableName, Item }));
  }
  for (const { key: Key, contentType: ContentType, body: Body } of release.objects) {
    await s3.send(new PutObjectCommand({ Bucket: local.payloadBucket, Key, ContentType, Body }));
  }
  if (!isPaused) await engine.ports.typeStates.setState(contract.name, 'active');
  const moments = Object.values(release.jobs).map(({ recordedAtMs }) => recordedAtMs);
  const jobOf = (name: string) => release.jobs[name] as RecordedJob;
  const goTo = (atMs: number) => engine.runtime.advance(atMs - engine.runtime.nowMs());
  goTo(Math.min(...moments));
  const call = apiOf(engine);
  const show = async (name: string) => (await call('GET', `/v1/jobs/${jobOf(name).id}`)).body;

  /** Delivers the message that was sent last, or the one that this version's clock would send. */
  const resume = async (name: string): Promise<readonly string[]> => {
    const { id, messages } = jobOf(name);
    const done: string[] = [];
    const body = messages.at(-1)?.body ?? JSON.stringify({ v: 1, id });
    expect(await engine.deliver(body, workWith({ isRecording: false, done }))).toEqual({ kind: 'acknowledge' });
    return done;
  };
  return { engine, call, show, goTo, resume, latestMs: Math.max(...moments) };
}

describe.each(baselines)('a job that %s recorded', (_version, release) => {
  const names = Object.keys(release.jobs);
  const jobOf = (name: string) => release.jobs[name] as RecordedJob;
  const named = (isWanted: (job: RecordedJob) => boolean) => names.filter((name) => isWanted(jobOf(name)));
  const unfinished = named(({ presented }) => !isTerminal(presented.status));
  const hadStep = ({ item }: RecordedJob, name: string) => item['journal']?.M?.[`step:${name}`] !== undefined;

  it('exists in every state', () =>
    expect([...new Set(names.map((name) => jobOf(name).presented.status))].sort()).toEqual([...jobStatuses].sort()));

  it('is shown by the API as it was shown when it was recorded', async () => {
    const { show, goTo } = await load(release);
    for (const name of [...names].sort((a, b) => jobOf(a).recordedAtMs - jobOf(b).recordedAtMs)) {
      goTo(jobOf(name).recordedAtMs);
      // Members that were added since then are allowed.
      expect([name, await show(name)]).toMatchObject([name, jobOf(name).presented]);
    }
  });

  it('is listed below new jobs, and found by its tags', async () => {
    const { call, goTo, latestMs } = await load(release);
    goTo(latestMs + 1);
    const idsAt = async (query: string) => {
      const { body } = await call('GET', `/v1/jobs?limit=100${query}`);
      return (body.jobs as { id: string }[]).map(({ id }) => id).sort();
    };
    const idsOf = (some: readonly string[]) => some.map((name) => jobOf(name).id).sort();
    expect(await idsAt('')).toEqual(idsOf(names));
    expect(await idsAt('&tag=project:a')).toEqual(idsOf(['queued', 'scheduled']));
    for (const status of jobStatuses) {
      expect(await idsAt(`&status=${status}`)).toEqual(idsOf(named(({ presented }) => presented.status === status)));
    }
    const { body: fresh } = await call('POST', '/v1/jobs', { body: { type: contract.name, input: { act: 'end' } } });
    expect((await call('GET', '/v1/jobs?limit=1')).body.jobs).toMatchObject([{ id: fresh.id }]);
  });

  it('is the answer to the same submission with the same Idempotency-Key', async () => {
    const { call } = await load(release);
    for (const name of names) {
      const { status, headers, body } = await call('POST', '/v1/jobs', { key: name, body: jobOf(name).submission });
      const expected = isTerminal(jobOf(name).presented.status) ? 200 : 202;
      expect([name, status, headers.get('idempotent-replayed'), body.id]).toEqual([name, expected, 'true', jobOf(name).id]);
    }
    const other = { type: contract.name, input: { act: 'end', text: 'other' } };
    expect((await call('POST', '/v1/jobs', { key: 'queued', body: other })).status).toBe(422);
  });

  it('keeps its result and files readable', async () => {
    const { call } = await load(release);
    expect(await call('GET', `/v1/jobs/${jobOf('succeeded').id}/result`)).toMatchObject({ status: 200, body: { text: 'hello' } });
    for (const path of [`${jobOf('succeeded-with-large-result').id}/result`, `${jobOf('running').id}/files/report.txt`]) {
      const { status, headers } = await call('GET', `/v1/jobs/${path}`);
      expect([path, status]).toEqual([path, 303]);
      expect((await fetch(headers.get('location') ?? '')).status).toBe(200);
    }
  });

  it.each(unfinished)('runs to its end, and repeats no work that it had done: %s', async (name) => {
    const { show, goTo, resume, latestMs } = await load(release);
    goTo(latestMs + 2 * day);
    const done = await resume(name);
    const isCancelled = name.endsWith('to-be-cancelled');
    const recorded = jobOf(name);
    const firsts = [...(hadStep(recorded, 'first') ? [] : ['first']), ...(recorded.item['checkpoint'] === undefined ? ['report'] : [])];
    if (isCancelled || name === 'cleaning-up') {
      expect(done).toEqual(['clean-up']);
      expect(await show(name)).toMatchObject({ status: isCancelled ? 'cancelled' : 'failed' });
    } else {
      expect(done).toEqual([...firsts, 'last']);
      expect(await show(name)).toMatchObject({ status: 'succeeded' });
    }
  });

  it('is left to its worker while the lease lasts, and taken over after it', async () => {
    const { engine, show, goTo } = await load(release);
    const { recordedAtMs, messages } = jobOf('running');
    const deliver = () => engine.deliver(messages[0]?.body ?? '', workWith({ isRecording: false, done: [] }));
    goTo(recordedAtMs + leaseMs / 2);
    expect(await deliver()).toEqual({ kind: 'retry-later', afterSeconds: leaseMs / 2_000 + 1 });
    goTo(recordedAtMs + leaseMs);
    expect(await deliver()).toEqual({ kind: 'acknowledge' });
    const { status, timeline } = await show('running');
    expect([status, timeline.map(({ event }: { event: string }) => event)]).toEqual([
      'succeeded',
      ['queued', 'started', 'step', 'step', 'worker_lost', 'started', 'succeeded'],
    ]);
  });

  it('is woken by the clock when all messages are lost', async () => {
    const { engine, goTo, latestMs } = await load(release);
    goTo(latestMs + 2 * day);
    await engine.clock();
    const woken = engine.sent().map(({ body }) => (JSON.parse(String(body)) as { id: string }).id);
    expect(woken.sort()).toEqual(unfinished.map((name) => jobOf(name).id).sort());
  });

  it.each(unfinished)('can be cancelled: %s', async (name) => {
    const { call, show, goTo, resume, latestMs } = await load(release);
    goTo(latestMs);
    const { status } = await call('POST', `/v1/jobs/${jobOf(name).id}/cancel`);
    expect([200, 202]).toContain(status);
    goTo(latestMs + 2 * leaseMs);
    if (status === 202) expect(await resume(name)).toEqual(['clean-up']);
    // A job that failed already, and only has to clean up, stays failed.
    expect((await show(name)).status).toBe(name === 'cleaning-up' ? 'failed' : 'cancelled');
  });

  it('stays paused with its type until the type is resumed', async () => {
    const { call, show, goTo, resume, latestMs } = await load(release, { isPaused: true });
    goTo(latestMs);
    expect((await call('GET', `/v1/job-types/${contract.name}`)).body).toMatchObject({ state: 'paused' });
    expect(await resume('queued')).toEqual([]);
    expect((await call('PUT', `/v1/job-types/${contract.name}/state`, { body: { state: 'active' } })).status).toBe(200);
    await resume('queued');
    expect(await show('queued')).toMatchObject({ status: 'succeeded' });
  });

  it('counts towards what its owner has in flight', async () => {
    const { engine } = await load(release);
    const { jobs, submissions } = await dynamoDbQuotaStore(dynamoDbClient(), engine.tableName).read(owner);
    expect([[...jobs].sort(), submissions]).toEqual([names.map((name) => jobOf(name).id).sort(), names.length]);
  });
});

describe('a change of what is written is noticed', () => {
  type Changeable<T> = T extends object ? { -readonly [K in keyof T]: Changeable<T[K]> } : T;

  async function loadChanged(name: string, change: (job: Changeable<RecordedJob>) => void) {
    const release = structuredClone(current) as Changeable<RecordedRelease>;
    change(release.jobs[name] as Changeable<RecordedJob>);
    const loaded = await load(release as RecordedRelease);
    loaded.goTo(loaded.latestMs + 2 * day);
    return loaded;
  }

  it('by the API, when an attribute has another name', async () => {
    const { show } = await loadChanged('succeeded', ({ item }) => {
      item['doneAtMs'] = item['createdAtMs'] as never;
      delete item['createdAtMs'];
    });
    const shown = await show('succeeded').catch(() => ({}));
    expect(shown).not.toMatchObject(current.jobs['succeeded']?.presented ?? {});
  });

  it('by the worker, when a step has another key', async () => {
    const { resume } = await loadChanged('sleeping', ({ item }) => {
      const steps = item['journal']?.M as Record<string, unknown>;
      steps['first'] = steps['step:first'];
      delete steps['step:first'];
    });
    expect(await resume('sleeping')).toContain('first');
  });

  it('by the worker, when a checkpoint has another name', async () => {
    const { resume } = await loadChanged('sleeping', ({ item }) => {
      delete item['checkpoint'];
    });
    expect(await resume('sleeping')).toContain('report');
  });

  it('by the worker, when a message has another format', async () => {
    const { resume, show } = await loadChanged('queued', (job) => {
      job.messages = [{ body: JSON.stringify({ v: 2, id: job.id }), delaySeconds: 0 }];
    });
    expect(await resume('queued')).toEqual([]);
    expect(await show('queued')).toMatchObject({ status: 'queued' });
  });

  it('by the clock, when a job has no entry in its index', async () => {
    const { engine } = await loadChanged('queued', ({ item }) => {
      delete item['due'];
    });
    await engine.clock();
    expect(engine.sent().map(({ body }) => String(body))).not.toContainEqual(expect.stringContaining(current.jobs['queued']?.id ?? ''));
  });

  it('by a download, when a file is recorded under another attribute', async () => {
    const { call } = await loadChanged('running', ({ item }) => {
      item['written'] = item['files'] as never;
      delete item['files'];
    });
    expect((await call('GET', `/v1/jobs/${current.jobs['running']?.id}/files/report.txt`)).status).toBe(404);
  });
});
