/** Files that a job hands to its callers, in the bucket under a folder of the invocation: what a fenced-out worker writes is never pointed at. */
import type { Readable } from 'node:stream';
import type { JobContext } from './context.ts';
import { PermanentError } from './errors.ts';
import type { FileReference, Job } from './job.ts';
import type { FileStore } from './ports.ts';

/** In the record, at some 250 bytes each. */
const mostFiles = 100;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** @returns where the API hands a job's file out */
export function filePath(jobId: string, name: string): string {
  return `/v1/jobs/${jobId}/files/${name}`;
}

type FilesOfJob = JobContext['files'];

export class JobFiles implements FilesOfJob {
  private readonly jobId: string;
  private readonly folder: string;
  private readonly signal: AbortSignal;
  private readonly store: FileStore;
  private writes = 0;
  private files: Readonly<Record<string, FileReference>>;

  constructor(job: Job, signal: AbortSignal, store: FileStore, folder: string) {
    this.jobId = job.id;
    this.files = job.files;
    this.signal = signal;
    this.store = store;
    this.folder = folder;
  }

  async write(name: string, body: Readable | Uint8Array | string, contentType: string): Promise<string> {
    if (!namePattern.test(name)) {
      throw new PermanentError(`A file's name must be 1 to 100 letters, digits, dots or dashes (was "${name.slice(0, 120)}").`, {
        code: 'worker_error',
      });
    }
    if (!Object.hasOwn(this.files, name) && Object.keys(this.files).length >= mostFiles) {
      throw new PermanentError(`A job may have at most ${mostFiles} files.`, { code: 'too_many_files' });
    }
    this.signal.throwIfAborted();
    // A path of its own for every write: what the record points at is never overwritten.
    this.writes += 1;
    const key = `files/${this.jobId}/${this.folder}/${this.writes}/${name}`;
    await this.store.write(key, body, contentType, this.signal);
    this.files = { ...this.files, [name]: { key, contentType } };
    return filePath(this.jobId, name);
  }

  async read(name: string): Promise<Readable> {
    const file = Object.hasOwn(this.files, name) ? this.files[name] : undefined;
    if (file === undefined) throw new PermanentError(`This job has no file "${name}".`, { code: 'worker_error' });
    return this.store.read(file.key);
  }

  list(): readonly string[] {
    return Object.keys(this.files);
  }

  remove(name: string): void {
    const { [name]: _removed, ...rest } = this.files;
    this.files = rest;
  }

  references(): Readonly<Record<string, FileReference>> {
    return this.files;
  }
}
