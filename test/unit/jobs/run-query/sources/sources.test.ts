/** Room for sources, and what becomes of errors while they are made into views. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Source } from '../../../../../lambdas/jobs/run-query/contract.ts';
import { QueryEngine } from '../../../../../lambdas/jobs/run-query/engine/engine.ts';
import { createViews, fetchSources, type NamedSource } from '../../../../../lambdas/jobs/run-query/sources/sources.ts';
import { Workspace } from '../../../../../lambdas/jobs/run-query/workspace.ts';

const { signal } = new AbortController();
const noS3 = {} as S3Client; // nothing is fetched: the sources are rows of the request
const noUploads = () => Promise.reject(new Error('no upload is opened'));
const fetch = (sources: Readonly<Record<string, Source>>, workspace: Workspace, budgetBytes: number) =>
  fetchSources(sources, { s3: noS3, openUpload: noUploads, workspace, maxObjects: 1, budgetBytes, signal });

/** Some 10 kB, which are stored a second time, since DuckDB would take such numbers for doubles. */
const copied: Source = { rows: Array.from({ length: 100 }, (_, i) => ({ n: i % 2 === 0 ? `${i}` : i, text: 'x'.repeat(80) })) };
const plain: Source = { rows: Array.from({ length: 100 }, () => ({ text: 'x'.repeat(90) })) };

describe('the room for sources', () => {
  it('is given back by a file that was only read once', async () => {
    await using workspace = await Workspace.create();
    expect((await fetch({ a: copied, b: copied, c: plain }, workspace, 35_000)).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
  it('that is missing is that of the source that is too large, beside what the others left', async () => {
    await using workspace = await Workspace.create();
    await expect(fetch({ a: plain, b: plain, c: plain }, workspace, 25_000)).rejects.toMatchObject({
      code: 'sources_too_large',
      message: expect.stringContaining('The source c takes 0.0 MiB or more'),
      details: { source: 'c', sizeBytes: 10_200, budgetBytes: 25_000 - 2 * 10_200 },
    });
  });
});

describe('while views are made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sources-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const open = (sources: readonly NamedSource[]) =>
    QueryEngine.open({
      memoryMiB: 1024,
      spillMiB: 10,
      spillFolder: mkdtempSync(join(folder, 'spill-')),
      signal,
      sourceOfPath: new Map(sources.flatMap(({ name, paths }) => paths.map((path) => [path, name] as const))),
    });
  it('a local copy that is gone is fetched again by the next attempt', async () => {
    await using workspace = await Workspace.create();
    const sources = await fetch({ t: plain }, workspace, 1e9);
    await using engine = await open(sources);
    rmSync(String(sources[0]?.paths[0]));
    await expect(createViews(sources, engine)).rejects.toMatchObject({
      code: 'source_unreadable',
      retryable: true,
      message: expect.not.stringContaining(workspace.folder),
    });
  });
  it('a local copy in which DuckDB finds other rows is final', async () => {
    await using workspace = await Workspace.create();
    const sources = await fetch({ t: plain }, workspace, 1e9);
    await using engine = await open(sources);
    const path = String(sources[0]?.paths[0]);
    rmSync(path);
    writeFileSync(path, '{"text":"x"}\n');
    await expect(createViews(sources, engine)).rejects.toMatchObject({
      code: 'source_unreadable',
      retryable: false,
      details: { source: 't' },
    });
  });
});
