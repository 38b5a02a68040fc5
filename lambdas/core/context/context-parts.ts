/** What the operations of a context share: `step.ts`, `wait.ts` and `delegate.ts` are the functions behind `ctx`. */
import type { DelegationRequest } from '../contract/context.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import type { Job, SignalLink } from '../job/job.ts';
import type { FileStore, PayloadStore } from '../job/ports.ts';
import type { UploadReader } from '../job/upload.ts';
import type { JobSession } from '../session/job-session.ts';
import type { BaseContextDeps } from './base-context.ts';
import type { RunJournal } from './run-journal.ts';
import type { Suspensions, SuspensionsDeps } from './suspensions.ts';

export interface ContextDeps extends BaseContextDeps, SuspensionsDeps {
  readonly payloads: PayloadStore;
  readonly files: FileStore;
  readonly uploadReader: UploadReader;
  /** Submits a job for the owner of this one, and returns its id. @param isPart whether this job waits for its end */
  readonly delegate: (name: string, request: DelegationRequest, isPart?: boolean) => Promise<string>;
  /** @returns the id that a delegation of this name gets */
  readonly idOfChild: (name: string) => string;
  /** The address of the API, for links; undefined where the type has no signals. */
  readonly apiUrl?: string | undefined;
  /** Reads a record, strongly consistent. */
  readonly readJob: (id: string) => Promise<Job | undefined>;
}

export interface ContextParts {
  readonly session: JobSession;
  readonly contract: JobTypeContract;
  readonly deps: ContextDeps;
  readonly journal: RunJournal;
  readonly suspensions: Suspensions;
  /** Ids of the jobs that this one runs. */
  readonly children: Set<string>;
  /** The links that the job has made; every save writes them, since one that got no response may not have been written. */
  readonly links: SignalLink[];
  /** Whether the code has ended or was given up, so that its branches receive nothing more. */
  readonly isClosed: () => boolean;
}
