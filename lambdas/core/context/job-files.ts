/** Files that a job hands to its callers, in the bucket under a folder of the invocation: what a fenced-out worker writes is never pointed at. */
import type { Readable } from 'node:stream';
import { truncate } from '../../text/truncate.ts';
import type { JobContext } from '../contract/context.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { PermanentError } from '../contract/errors.ts';
import { contentTypeForm, maxContentTypeLength } from '../job/content-type.ts';
import { errorText } from '../job/error-text.ts';
import type { FileReference, Job } from '../job/job.ts';
import type { FileStore } from '../job/ports.ts';
import type { Stop } from '../job/stop.ts';

/** Each file takes about 250 bytes of the record. */
const maxFiles = 100;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** @returns where the API hands a job's file out */
export function filePath(jobId: string, name: string): string {
  return `/v1/jobs/${jobId}/files/${name}`;
}

type FilesOfJob = JobContext['files'];
type WritingContract = Pick<JobTypeContract, 'name' | 'files'>;

export interface JobFilesOptions {
  readonly interrupted: Stop;
  readonly store: FileStore;
  /** Names the folder of this invocation. */
  readonly newFolder: () => string;
}

export class JobFiles implements FilesOfJob {
  private readonly jobId: string;
  private readonly contract: WritingContract;
  private readonly options: JobFilesOptions;
  private folder: string | undefined;
  private writes = 0;
  private files: Readonly<Record<string, FileReference>>;

  constructor(job: Job, contract: WritingContract, options: JobFilesOptions) {
    this.jobId = job.id;
    this.files = job.files;
    this.contract = contract;
    this.options = options;
  }

  async write(name: string, body: Readable | Uint8Array | string, contentType: string): Promise<string> {
    const { interrupted, store, newFolder } = this.options;
    if (this.contract.files === undefined) throw this.notPermitted('write');
    if (!namePattern.test(name)) {
      throw new PermanentError(`A file's name must be 1 to 100 letters, digits, dots or dashes (was "${truncate(name, 120)}").`, {
        code: 'worker_error',
      });
    }
    if (typeof contentType !== 'string' || contentType.length > maxContentTypeLength || !contentTypeForm.test(contentType)) {
      const was = truncate(errorText(contentType), 120);
      throw new PermanentError(
        `A file's content type must be a media type such as "text/csv; charset=utf-8", in at most ${maxContentTypeLength} printable ASCII characters (was "${was}").`,
        { code: 'worker_error' },
      );
    }
    if (!Object.hasOwn(this.files, name) && Object.keys(this.files).length >= maxFiles) {
      throw new PermanentError(`A job may have at most ${maxFiles} files.`, { code: 'too_many_files' });
    }
    interrupted.throwIfAborted();
    // A path of its own for every write: what the record points at is never overwritten.
    this.writes += 1;
    this.folder ??= newFolder();
    const key = `files/${this.jobId}/${this.folder}/${this.writes}/${name}`;
    await store.write(key, body, contentType, interrupted.signal);
    this.files = { ...this.files, [name]: { key, contentType } };
    return filePath(this.jobId, name);
  }

  async read(name: string): Promise<Readable> {
    const file = Object.hasOwn(this.files, name) ? this.files[name] : undefined;
    if (this.contract.files !== 'write-and-read') throw this.notPermitted('write-and-read');
    if (file === undefined) throw new PermanentError(`This job has no file "${name}".`, { code: 'worker_error' });
    return this.options.store.read(file.key);
  }

  list(): readonly string[] {
    return Object.keys(this.files);
  }

  remove(name: string): void {
    const { [name]: _removed, ...rest } = this.files;
    this.files = rest;
  }

  /** Refuses locally what the deployed function is not permitted to do. */
  private notPermitted(needed: JobTypeContract['files']): PermanentError {
    return new PermanentError(`The contract of ${this.contract.name} does not permit this. It takes: files: '${needed}'.`, {
      code: 'worker_error',
    });
  }

  references(): Readonly<Record<string, FileReference>> {
    return this.files;
  }
}
