/** Puts measures, verdicts, answers and costs together into the report. */
import type { DelegationReport, EndpointReport, ServiceFacts } from './delegation-report.ts';
import type { AnswerEntry } from './judge/answers-file.ts';
import { summaryOfAnswers } from './judge/answers-summary.ts';
import { type CostOptions, costsIn } from './judge/endpoint-cost.ts';
import { endpointRow, type Judged } from './judge/endpoint-row.ts';
import { evidenceOf } from './judge/evidence.ts';
import { inputFacts } from './judge/input-facts.ts';
import { assumptionsOf, cannotKnow } from './judge/limits-of-logs.ts';
import { heldIn, rounded } from './judge/rounded.ts';
import { judge } from './judge/rules.ts';
import { verdictOf } from './judge/verdict.ts';
import { warningsOf } from './judge/warnings.ts';
import { timelineOf } from './measure/held-timeline.ts';
import type { LogMeasures } from './measure/measure-log.ts';

export interface MakeOptions {
  readonly acceptMs: number;
  readonly capacity?: number | undefined;
  readonly sampling?: 'request' | 'tail' | undefined;
  readonly cost: CostOptions;
  readonly answers?: { readonly file: string; readonly entries: readonly AnswerEntry[] } | undefined;
}

/** @returns the report; the same for the same measures and options, to the byte */
export async function makeReport(log: LogMeasures, options: MakeOptions): Promise<DelegationReport> {
  const answers = new Map((options.answers?.entries ?? []).map((entry) => [entry.endpoint, entry]));
  const judged = log.endpoints
    .map((measured): Judged => {
      const evidence = evidenceOf(measured, log);
      const rules = judge(evidence);
      const answer = answers.get(evidence.name);
      const context = { timing: log.timing, sampling: options.sampling };
      return {
        evidence,
        rules,
        judgement: verdictOf(evidence, rules, { ...context, answer }),
        byRules: verdictOf(evidence, rules, context),
      };
    })
    .toSorted(inOrder);
  const delegable = new Set(judged.filter(({ judgement: { verdict } }) => isDelegable(verdict)).map(({ evidence }) => evidence.name));
  const costOf = costsIn(options.cost);
  const busyHeld = log.busy.reduce((sum, minute) => sum + (log.total[minute] ?? 0), 0);
  const allHeld = judged.reduce((sum, { evidence }) => sum + evidence.heldMinutes.mean, 0);
  const endpoints = judged.map((one, i) =>
    endpointRow(one, { rank: i + 1, log, entry: answers.get(one.evidence.name), costOf, busyHeld, allHeld }),
  );
  return {
    version: 1,
    input: inputFacts(log),
    warnings: warningsOf(
      log,
      judged.map(({ evidence }) => evidence),
      options,
    ),
    service: await serviceOf(log, { delegable, endpoints, options, busyHeld }),
    endpoints,
    inferredRoutes: log.routes.inferred,
    answers: summaryOfAnswers(endpoints, options.answers),
    cannotKnow: cannotKnow(log),
    assumptions: assumptionsOf(options),
  };
}

const isDelegable = (verdict: EndpointReport['verdict']) => verdict === 'delegate' || verdict === 'probably';

/** What is worth a talk comes first, by what it would free in its busiest minutes; `keep` follows, in the same order. */
function inOrder(a: Judged, b: Judged): number {
  const keeps = ({ judgement }: Judged) => Number(judgement.verdict === 'keep');
  return (
    keeps(a) - keeps(b) ||
    b.evidence.freed.peak - a.evidence.freed.peak ||
    b.evidence.freed.mean - a.evidence.freed.mean ||
    (a.evidence.name < b.evidence.name ? -1 : 1)
  );
}

async function serviceOf(
  log: LogMeasures,
  {
    delegable,
    endpoints,
    options,
    busyHeld,
  }: { delegable: ReadonlySet<string>; endpoints: readonly EndpointReport[]; options: MakeOptions; busyHeld: number },
): Promise<ServiceFacts> {
  const { busy, observed, total } = log;
  const freed = log.endpoints
    .filter(({ name }) => delegable.has(name))
    .reduce((sum, { tally }) => sum + heldIn(tally.minutes.freed, busy), 0);
  const waits = await log.replay?.(delegable);
  const busyOf = (held: number) => (busy.length === 0 ? 0 : rounded(held / busy.length / 60_000 / (options.capacity ?? 1)));
  const minutes = Math.max(1, observed.count);
  return {
    meanHeld: rounded(total.reduce((sum, held) => sum + held, 0) / minutes / 60_000),
    peakHeld: busy.length === 0 ? 0 : rounded(busyHeld / busy.length / 60_000),
    busyMinutes: busy.length,
    delegableShareOfBusyMinutes: busyHeld === 0 ? 0 : rounded(freed / busyHeld),
    replay:
      waits === undefined || options.capacity === undefined
        ? null
        : {
            capacity: options.capacity,
            before: { busy: busyOf(busyHeld), waitMs: rounded(waits.beforeMs) },
            after: { busy: busyOf(busyHeld - freed), waitMs: rounded(waits.afterMs) },
          },
    timeline: timelineOf(log, {
      delegable,
      largest: [...endpoints]
        .sort((a, b) => b.held.mean - a.held.mean || a.rank - b.rank)
        .slice(0, 3)
        .sort((a, b) => a.rank - b.rank)
        .map(({ endpoint }) => endpoint),
    }),
  };
}
