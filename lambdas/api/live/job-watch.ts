/** Looks at jobs on behalf of all streams of a process, in one loop. */
import { inGroups } from '../../core/job/in-groups.ts';
import type { Job } from '../../core/job/job.ts';
import type { ApiDeps } from '../api-context.ts';
import type { ShownJob } from './event-format.ts';

const pollMs = 250;
/** The time until the next look, where the store could not be read. */
const retryMs = 2_000;
/** A stream without an event is kept open by a comment this often, as the standard suggests: proxies close connections that are silent. */
export const heartbeatMs = 15_000;
/** The number of ids that one read takes. */
const maxIds = 100;

export interface WatchDeps extends Pick<ApiDeps, 'store' | 'runtime' | 'log'> {
  show(job: Job): Promise<ShownJob>;
}

interface Watched {
  shown: ShownJob;
  /** Whether the record has expired. */
  isGone: boolean;
  /** The streams that follow the job. */
  readers: number;
  /** Wake the streams that wait for a change. */
  readonly wakers: Set<AbortController>;
}

/**
 * Any number of streams of any jobs are one read for every 100 jobs, four times a second, and none without a stream. A stream gets the
 * latest state alone: it keeps no queue, however slowly its client reads.
 */
export class JobWatch {
  private readonly watched = new Map<string, Watched>();
  private readonly deps: WatchDeps;
  private isLooking = false;

  constructor(deps: WatchDeps) {
    this.deps = deps;
  }

  /** The number of jobs that are looked at. */
  get size(): number {
    return this.watched.size;
  }

  /**
   * Yields the job at each change until its record expires or the signal is aborted, and undefined when nothing has changed for 15 seconds.
   * @param knownTag of the state that the caller has; if it is the present one, undefined comes first
   */
  async *follow(id: string, first: ShownJob, knownTag: string, signal: AbortSignal): AsyncGenerator<ShownJob | undefined, void> {
    const watched = this.join(id, first);
    try {
      for (let tag = knownTag; !(signal.aborted || watched.isGone); ) {
        const { shown } = watched;
        const isNew = shown.tag !== tag;
        tag = shown.tag;
        yield isNew ? shown : undefined;
        if (watched.shown === shown && !watched.isGone) await this.pause(watched, signal);
      }
    } finally {
      watched.readers -= 1;
      if (watched.readers === 0) this.watched.delete(id);
    }
  }

  private join(id: string, first: ShownJob): Watched {
    const watched = this.watched.get(id) ?? { shown: first, isGone: false, readers: 0, wakers: new Set() };
    watched.readers += 1;
    this.watched.set(id, watched);
    show(watched, first);
    if (!this.isLooking) void this.look();
    return watched;
  }

  /** Ends with a change, with an abort, or after the time of a heartbeat. */
  private async pause({ wakers }: Watched, signal: AbortSignal): Promise<void> {
    const waker = new AbortController();
    wakers.add(waker);
    await this.deps.runtime.sleep(heartbeatMs, AbortSignal.any([signal, waker.signal]));
    wakers.delete(waker);
  }

  private async look(): Promise<void> {
    const never = new AbortController().signal;
    this.isLooking = true;
    for (let pauseMs = pollMs; this.watched.size > 0; ) {
      await this.deps.runtime.sleep(pauseMs, never);
      pauseMs = await this.readAll().then(
        () => pollMs,
        (error: unknown) => {
          this.deps.log.warn('The jobs of streams could not be read for now.', { error: String(error) });
          return retryMs;
        },
      );
    }
    this.isLooking = false;
  }

  private async readAll(): Promise<void> {
    const { store, runtime } = this.deps;
    for (const ids of inGroups([...this.watched.keys()], maxIds)) {
      const jobs = new Map((await store.getMany(ids, runtime.nowMs())).map((job) => [job.id, job]));
      await Promise.all(ids.map((id) => this.update(id, jobs.get(id))));
    }
  }

  private async update(id: string, job: Job | undefined): Promise<void> {
    const shown = job && (await this.deps.show(job));
    const watched = this.watched.get(id);
    if (watched === undefined) return;
    if (shown !== undefined) return show(watched, shown);
    watched.isGone = true;
    wake(watched);
  }
}

/** A reading that is older than the last one is passed over. */
function show(watched: Watched, shown: ShownJob): void {
  if (shown.tag === watched.shown.tag || shown.revision < watched.shown.revision) return;
  watched.shown = shown;
  wake(watched);
}

function wake({ wakers }: Watched): void {
  for (const waker of wakers) waker.abort();
}
