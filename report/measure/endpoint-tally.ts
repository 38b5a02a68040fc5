/** What is counted of one endpoint, over all of its requests, in bounded memory and independent of their order. */
import type { LoggedRequest, Outcome } from '../read/logged-request.ts';
import type { Template } from '../routes/route-table.ts';
import { agentKinds, callerKinds } from './caller-rows.ts';
import type { HeldMinutes } from './held-minutes.ts';
import { LogHistogram } from './log-histogram.ts';
import type { TimeLimit } from './time-limits.ts';

/** Answers of up to this many bytes may say nothing. */
const smallAnswerBytes = 1_024;

const hourMs = 3_600_000;

/** Statuses by which a business rule says no; others of 4xx are mistakes of the caller. */
const rejections = new Set([400, 402, 409, 412, 422]);

export interface TallyOptions {
  /** The limit at which its answer ended. */
  readonly limit: TimeLimit | undefined;
  readonly acceptMs: number;
}

/** Times held, of one source. */
class HeldCounts {
  readonly all = new LogHistogram();
  readonly ofSuccess = new LogHistogram();
  readonly ofRejection = new LogHistogram();
  readonly minutes: HeldMinutes;

  constructor(minutes: HeldMinutes) {
    this.minutes = minutes;
  }

  add({ startMs, outcome, status, weight = 1 }: LoggedRequest, heldMs: number, acceptMs: number): void {
    this.all.add(heldMs);
    this.minutes.add(startMs, heldMs, acceptMs, weight);
    if (outcome === 'ok' || outcome === 'redirect') this.ofSuccess.add(heldMs);
    if (status !== undefined && rejections.has(status)) this.ofRejection.add(heldMs);
  }

  addAll(other: HeldCounts): void {
    this.all.addAll(other.all);
    this.ofSuccess.addAll(other.ofSuccess);
    this.ofRejection.addAll(other.ofRejection);
    this.minutes.addAll(other.minutes);
  }
}

export class EndpointTally {
  readonly method: string;
  readonly template: Template;
  requests = 0;
  /** Requests, each with the weight of its sampling. */
  weight = 0;
  readonly outcomes: Record<Outcome, number> = {
    ok: 0,
    redirect: 0,
    rejected: 0,
    failed: 0,
    throttled: 0,
    timeout: 0,
    hangup: 0,
    unknown: 0,
  };
  /** Answers that are 202, and those that are 204 or have no body. */
  accepted = 0;
  empty = 0;
  streams = 0;
  timed = 0;
  /** Requests that were answered, and those of them whose time in the application is logged: a caller who hung up often leaves none. */
  answered = 0;
  heldKnown = 0;
  sizedIn = 0;
  readonly wait = new LogHistogram();
  /** By the time of the application, where it is logged; by the caller's wait, where it is not. `settle` chooses. */
  private readonly byApplication: HeldCounts;
  private readonly byWait: HeldCounts;
  readonly hangUpWait = new LogHistogram();
  readonly requestBytes = new LogHistogram();
  readonly answerBytes = new LogHistogram();
  readonly memoryMb = new LogHistogram();
  readonly callerKinds = new Float64Array(callerKinds.length);
  readonly agents = new Float64Array(agentKinds.length);
  /** Requests by hour of the log, and those that ended at a limit. */
  readonly hours = new Map<number, { requests: number; limited: number; hungUp: number }>();
  readonly limits = new Map<string, { readonly limit: TimeLimit; requests: number }>();
  private readonly smallSizes = new Map<number, number>();
  private readonly largeSizes = new Set<number>();

  constructor(method: string, template: Template, newMinutes: () => HeldMinutes) {
    this.method = method;
    this.template = template;
    this.byApplication = new HeldCounts(newMinutes());
    this.byWait = new HeldCounts(newMinutes());
  }

  /** Whether the time of the application is logged for nearly all requests that were answered. */
  get isHeldKnown(): boolean {
    return this.heldKnown > 0 && this.heldKnown >= 0.8 * this.answered;
  }

  get held(): LogHistogram {
    return this.byApplication.all;
  }

  get heldOfSuccess(): LogHistogram {
    return this.byApplication.ofSuccess;
  }

  get heldOfRejection(): LogHistogram {
    return this.byApplication.ofRejection;
  }

  get minutes(): HeldMinutes {
    return this.byApplication.minutes;
  }

  /** Called once, after all requests: where the time of the application is not known, the caller's wait counts for it. */
  settle(): void {
    if (!this.isHeldKnown) this.byApplication.addAll(this.byWait);
  }

  add(request: LoggedRequest, { limit, acceptMs }: TallyOptions): void {
    const { outcome, startMs, waitMs, status, weight = 1 } = request;
    const heldMs = request.heldMs ?? waitMs;
    this.requests += 1;
    this.weight += weight;
    this.outcomes[outcome] += 1;
    if (status === 202) this.accepted += 1;
    if (outcome === 'ok' && (status === 204 || request.bytesOut === 0)) this.empty += 1;
    if (waitMs !== undefined || heldMs !== undefined) this.timed += 1;
    if (request.isStream === true) this.streams += 1;
    const kind = callerKinds.indexOf(request.callerKind);
    this.callerKinds[kind] = (this.callerKinds[kind] ?? 0) + 1;
    const agent = agentKinds.indexOf(request.agentKind);
    this.agents[agent] = (this.agents[agent] ?? 0) + 1;
    if (outcome !== 'hangup' && outcome !== 'timeout') {
      this.answered += 1;
      if (request.heldMs !== undefined) this.heldKnown += 1;
    }
    if (request.memoryMb !== undefined) this.memoryMb.add(request.memoryMb);
    if (request.bytesIn !== undefined) {
      this.sizedIn += 1;
      this.requestBytes.add(request.bytesIn);
    }
    if (waitMs !== undefined) this.wait.add(waitMs);
    if (heldMs !== undefined) (request.heldMs === undefined ? this.byWait : this.byApplication).add(request, heldMs, acceptMs);
    if (outcome === 'hangup' && waitMs !== undefined) this.hangUpWait.add(waitMs);
    if (outcome === 'ok' && request.bytesOut !== undefined) this.addSize(request.bytesOut);
    this.addHour(startMs, limit !== undefined, outcome === 'hangup');
    if (limit !== undefined) this.addLimit(limit);
  }

  private addHour(startMs: number, isLimited: boolean, isHangUp: boolean): void {
    const hour = Math.floor(startMs / hourMs);
    let counts = this.hours.get(hour);
    if (counts === undefined) {
      counts = { requests: 0, limited: 0, hungUp: 0 };
      this.hours.set(hour, counts);
    }
    counts.requests += 1;
    if (isLimited) counts.limited += 1;
    if (isHangUp) counts.hungUp += 1;
  }

  private addLimit(limit: TimeLimit): void {
    const found = this.limits.get(limit.name);
    if (found === undefined) this.limits.set(limit.name, { limit, requests: 1 });
    else found.requests += 1;
  }

  private addSize(bytes: number): void {
    this.answerBytes.add(bytes);
    // Of large ones, whether there are more than 20 is all that is asked.
    if (bytes <= smallAnswerBytes * 2) this.smallSizes.set(bytes, (this.smallSizes.get(bytes) ?? 0) + 1);
    else if (this.largeSizes.size < 64) this.largeSizes.add(bytes);
  }

  /**
   * @returns how many answers have the most frequent sizes, from the most frequent on, and how many sizes there are
   */
  frequentSizes(most: number): { readonly counts: readonly number[]; readonly distinct: number } {
    const counts = [...this.smallSizes.values()].sort((a, b) => b - a);
    return { counts: counts.slice(0, most), distinct: counts.length + this.largeSizes.size };
  }
}

/** @returns the limits at which answers ended, the most frequent first */
export const limitsOf = ({ limits }: EndpointTally): readonly { readonly limit: TimeLimit; readonly requests: number }[] =>
  [...limits.values()].sort((a, b) => b.requests - a.requests || (a.limit.name < b.limit.name ? -1 : 1));
