/** A resource of the API that the screen shows as it is now: asked for again and again, with its entity tag. */
import { effect, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { asProblem, type Problem } from './api-calls.ts';
import { countPoll, intervalMs, isPolling, longestIntervalMs, nextIntervalMs, shortestIntervalMs } from './polling.ts';
import { session } from './session.ts';

export interface PollOptions<Body> {
  /** Whether nothing will change any more, so that asking ends. */
  readonly isFinal?: (body: Body) => boolean;
}

export class Polled<Body> {
  readonly data = signal<Body | undefined>(undefined);
  /** Why the last request failed; null after one that did not. */
  readonly problem = signal<Problem | null>(null);
  private readonly path: string;
  private readonly options: PollOptions<Body>;
  private etag: string | null = null;
  private pauseMs = shortestIntervalMs;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ending: AbortController | undefined;

  constructor(path: string, options: PollOptions<Body> = {}) {
    this.path = path;
    this.options = options;
  }

  /** Asks at once and then until it is stopped; rests while the page is hidden or paused. @returns what stops it */
  start(): () => void {
    const stopEffect = effect(() => {
      // Read each time, so that a change of it is noticed.
      const mayAsk = isPolling.value;
      const isFirst = this.data.peek() === undefined;
      if (isFirst || (mayAsk && !this.isOver())) void this.ask();
      else clearTimeout(this.timer);
    });
    return () => {
      stopEffect();
      clearTimeout(this.timer);
      this.ending?.abort();
    };
  }

  /** Asks now, also while paused. */
  async refresh(): Promise<void> {
    this.pauseMs = shortestIntervalMs;
    await this.ask();
  }

  private async ask(): Promise<void> {
    clearTimeout(this.timer);
    this.ending?.abort();
    const ending = new AbortController();
    this.ending = ending;
    try {
      const hasChanged = await this.askOnce(ending.signal);
      this.pauseMs = nextIntervalMs(this.pauseMs, hasChanged);
      this.problem.value = null;
    } catch (error) {
      if (ending.signal.aborted) return;
      this.problem.value = asProblem(error);
      this.pauseMs = longestIntervalMs;
    }
    if (!ending.signal.aborted) this.askLater();
  }

  private askLater(): void {
    if (!isPolling.peek() || this.isOver()) return;
    intervalMs.value = this.pauseMs;
    this.timer = setTimeout(() => void this.ask(), this.pauseMs);
  }

  /** @returns whether nothing will change any more */
  private isOver(): boolean {
    const body = this.data.peek();
    return body !== undefined && this.options.isFinal?.(body) === true;
  }

  private async askOnce(ending: AbortSignal): Promise<boolean> {
    const shown = this.data.peek();
    if (shown !== undefined) countPoll((shown as { readonly jobs?: readonly unknown[] }).jobs?.length ?? 0);
    const headers = this.etag === null ? {} : { 'if-none-match': this.etag };
    const { status, headers: given, body } = await session().api.send<Body>(this.path, { headers, signal: ending });
    if (status === 304 || body === undefined) return false;
    this.etag = given.get('etag');
    this.data.value = body;
    return true;
  }
}

/** Shows a resource for as long as the component is there. @param path changes when another resource is meant */
export function usePolled<Body>(path: string, options: PollOptions<Body> = {}): Polled<Body> {
  // The options are functions of the body alone, so the path decides.
  const polled = useMemo(() => new Polled<Body>(path, options), [path]);
  useEffect(() => polled.start(), [polled]);
  return polled;
}
