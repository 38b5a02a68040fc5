/** Runs the report on a simulated service and sets its verdicts beside the truth. */
import type { DelegationReport, EndpointReport } from '../../report/delegation-report.ts';
import { type MakeOptions, makeReport } from '../../report/make-report.ts';
import { measureLog } from '../../report/measure/measure-log.ts';
import type { LogInput } from '../../report/read/log-input.ts';
import type { LoggedRequest } from '../../report/read/logged-request.ts';
import { routeLearner } from '../../report/routes/route-learner.ts';
import { drawWorld, requestsOf, type World, type WorldSettings } from './world/world.ts';

export interface JudgedEndpoint {
  readonly kind: string;
  readonly truth: 'delegate' | 'keep' | 'hybrid';
  readonly report: EndpointReport;
}

export const reportOptions: MakeOptions = { acceptMs: 30, cost: { region: 'us-east-1', memoryMb: 512 } };

/** @returns the requests as an input that is read as often as is asked */
export const inputOf = (requests: readonly LoggedRequest[]): LogInput => ({
  read: (visit) => {
    for (const request of requests) visit(request);
    return Promise.resolve({ formats: [], skipped: [], unparsedForms: [], notes: [] });
  },
  close: () => Promise.resolve(),
});

export async function reportOn(requests: readonly LoggedRequest[], options: Partial<MakeOptions> = {}): Promise<DelegationReport> {
  const all = { ...reportOptions, ...options };
  return makeReport(await measureLog(inputOf(requests), () => routeLearner(), all), all);
}

/** @returns the verdicts on the endpoints of a world that the report knows, with the truth */
export async function judgeWorld(
  seed: number,
  settings: WorldSettings,
): Promise<{ readonly world: World; readonly judged: readonly JudgedEndpoint[]; readonly report: DelegationReport }> {
  const world = drawWorld(seed, settings);
  const report = await reportOn(requestsOf(world), settings.sampling?.by === 'request' ? { sampling: 'request' } : {});
  const rows = new Map(report.endpoints.map((row) => [row.endpoint, row]));
  const judged = world.endpoints.flatMap(({ kind, own, truth }) => {
    const row = rows.get(`${own.method} ${own.template}`);
    return row === undefined ? [] : [{ kind: kind.name, truth, report: row }];
  });
  return { world, judged, report };
}
