import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { dynamoDbClient, s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbQuotaStore } from '../../lambdas/adapters/dynamodb-quota-store.ts';
import { isTerminal, jobStatuses } from '../../lambdas/core/job/states.ts';
import { local } from '../../local/resources.ts';
import { useEmulators } from '../support/emulators.ts';
import { Engine, leaseMs } from '../support/engine.ts';
import { apiOf, contract, owner, type RecordedJob, type RecordedRelease, workWith } from './work.ts';

useEmulators();

const releases = readdirSync(__dirname).flatMap((file) => /^records-(.+)\.json$/.exec(file)?.[1] ?? []);
const day = 86_400_000;
let tables = 0;

it('knows the records of a release', () => expect(releases).toContain('0.1.0'));

describe.each(releases)('what release %s left behind', (version) => {
  const release = JSON.parse(readFileSync(join(__dirname, `records-${version}.json`), 'utf8')) as RecordedRelease;
  const names = Object.keys(release.jobs);
  const jobOf = (name: string) => release.jobs[name] as RecordedJob;
  const named = (isWanted: (job: RecordedJob) => boolean) => names.filter((name) => isWanted(jobOf(name)));
  const unfinished = named(({ presented }) => !isTerminal(presented.status));
  const moments = Object.values(release.jobs).map(({ recordedAtMs }) => recordedAtMs);
  const hadStep = ({ item }: RecordedJob, name: string) => item['steps']?.M?.[`step:${name}`] !== undefined;

  /** This code over the other release's data. */
  async function load({ isPaused = false } = {}) {
    const engine = await Engine.open(contract, `compatibility-${++tables}`);
    const [dynamoDb, s3] = [dynamoDbClient(), s3Client()];
    for (const Item of [...Object.values(release.jobs).map(({ item }) => item), ...release.others]) {
      await dynamoDb.send(new PutItemCommand({ TableName: engine.tableName, Item }));
    }
    for (const { key: Key, contentType: ContentType, body: Body } of release.objects) {
      await s3.send(new PutObjectCommand({ Bucket: local.payloadBucket, Key, ContentType, Body }));
    }
    if (!isPaused) await engine.ports.switches.switch(contract.name, 'active');
    const goTo = (atMs: number) => engine.runtime.advance(atMs - engine.runtime.nowMs());
    goTo(Math.min(...moments));
    const call = apiOf(engine);
    const show = async (name: string) => (await call('GET', `/v1/jobs/${jobOf(name).id}`)).body;
    return { engine, call, show, goTo, latestMs: Math.max(...moments) };
  }

  /** Delivers what the other release sent last, or what this one's clock would. */
  async function goOn(engine: Engine, name: string): Promise<readonly string[]> {
    const { id, messages } = jobOf(name);
    const done: string[] = [];
    const body = messages.at(-1)?.body ?? JSON.stringify({ v: 1, id });
    expect(await engine.deliver(body, workWith({ isRecording: false, done }))).toEqual({ kind: 'acknowledge' });
    return done;
  }

  it('is a job in every state', () =>
    expect([...new Set(names.map((name) => jobOf(name).presented.status))].sort()).toEqual([...jobStatuses].sort()));

  it('is shown as it was shown then', async () => {
    const { show, goTo } = await load();
    for (const name of [...names].sort((a, b) => jobOf(a).recordedAtMs - jobOf(b).recordedAtMs)) {
      goTo(jobOf(name).recordedAtMs);
      // Members that came since are fine.
      expect([name, await show(name)]).toMatchObject([name, jobOf(name).presented]);
    }
  });

  it('is listed below what is new, and found by its tags', async () => {
    const { call, goTo, latestMs } = await load();
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
    const { call } = await load();
    for (const name of names) {
      const { status, headers, body } = await call('POST', '/v1/jobs', { key: name, body: jobOf(name).submission });
      const expected = isTerminal(jobOf(name).presented.status) ? 200 : 202;
      expect([name, status, headers.get('idempotent-replayed'), body.id]).toEqual([name, expected, 'true', jobOf(name).id]);
    }
    const other = { type: contract.name, input: { act: 'end', text: 'other' } };
    expect((await call('POST', '/v1/jobs', { key: 'queued', body: other })).status).toBe(422);
  });

  it('hands out its results and files', async () => {
    const { call } = await load();
    expect(await call('GET', `/v1/jobs/${jobOf('succeeded').id}/result`)).toMatchObject({ status: 200, body: { text: 'hello' } });
    for (const path of [`${jobOf('succeeded-with-large-result').id}/result`, `${jobOf('running').id}/files/report.txt`]) {
      const { status, headers } = await call('GET', `/v1/jobs/${path}`);
      expect([path, status]).toEqual([path, 303]);
      expect((await fetch(headers.get('location') ?? '')).status).toBe(200);
    }
  });

  it.each(unfinished)('is done to its end, without doing again what was done: %s', async (name) => {
    const { engine, show, goTo, latestMs } = await load();
    goTo(latestMs + 2 * day);
    const done = await goOn(engine, name);
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

  it('is left to its worker while the lease lasts, and taken over from a dead one after it', async () => {
    const { engine, show, goTo } = await load();
    const { recordedAtMs, messages } = jobOf('running');
    const deliver = () => engine.deliver(messages[0]?.body ?? '', workWith({ isRecording: false, done: [] }));
    goTo(recordedAtMs + leaseMs / 2);
    expect(await deliver()).toEqual({ kind: 'look-again', afterSeconds: leaseMs / 2_000 + 1 });
    goTo(recordedAtMs + leaseMs);
    expect(await deliver()).toEqual({ kind: 'acknowledge' });
    const { status, timeline } = await show('running');
    expect([status, timeline.map(({ event }: { event: string }) => event)]).toEqual([
      'succeeded',
      ['queued', 'started', 'step', 'step', 'worker_lost', 'started', 'succeeded'],
    ]);
  });

  it('is woken by the clock, whatever became of its messages', async () => {
    const { engine, goTo, latestMs } = await load();
    goTo(latestMs + 2 * day);
    await engine.clock();
    const woken = engine.sent().map(({ body }) => (JSON.parse(String(body)) as { id: string }).id);
    expect(woken.sort()).toEqual(unfinished.map((name) => jobOf(name).id).sort());
  });

  it.each(unfinished)('can be cancelled: %s', async (name) => {
    const { engine, call, show, goTo, latestMs } = await load();
    goTo(latestMs);
    const { status } = await call('POST', `/v1/jobs/${jobOf(name).id}/cancel`);
    expect([200, 202]).toContain(status);
    goTo(latestMs + 2 * leaseMs);
    if (status === 202) expect(await goOn(engine, name)).toEqual(['clean-up']);
    // One that failed already, and only has to clean up, stays failed.
    expect((await show(name)).status).toBe(name === 'cleaning-up' ? 'failed' : 'cancelled');
  });

  it('keeps its switches: a type that was paused stays so until it is resumed', async () => {
    const { engine, call, show, goTo, latestMs } = await load({ isPaused: true });
    goTo(latestMs);
    expect((await call('GET', `/v1/job-types/${contract.name}`)).body).toMatchObject({ state: 'paused' });
    expect(await goOn(engine, 'queued')).toEqual([]);
    expect((await call('PUT', `/v1/job-types/${contract.name}/state`, { body: { state: 'active' } })).status).toBe(200);
    await goOn(engine, 'queued');
    expect(await show('queued')).toMatchObject({ status: 'succeeded' });
  });

  it('keeps count of what its owner has in flight', async () => {
    const { engine } = await load();
    const { jobs, submissions } = await dynamoDbQuotaStore(dynamoDbClient(), engine.tableName).read(owner);
    expect([[...jobs].sort(), submissions]).toEqual([names.map((name) => jobOf(name).id).sort(), names.length]);
  });
});
