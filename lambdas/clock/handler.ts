import { dynamoDbAlarmProbe } from '../adapters/dynamodb-alarm-probe.ts';
import { dynamoDbGateStore } from '../adapters/dynamodb-gate-store.ts';
import { type ClockReport, runClock } from '../core/reconcile/run-clock.ts';
import { deployedInternalTypes } from '../jobs/internal-types.ts';
import { loadedAtOnce } from '../loaded-at-once.ts';
import { withOpenHandle } from '../open-handle.ts';
import { wireEngine, wireJobs, wireSchedules } from '../wiring.ts';

const engine = wireEngine(process.env, loadedAtOnce);
const { deps } = wireJobs(engine);
const schedules = wireSchedules(engine);
const gates = dynamoDbGateStore(engine.dynamoDb, engine.config.tableName);

/**
 * Runs the clock once. A schedule calls it, with an event that says nothing.
 * @throws Error after a run in which something failed, so that the alarm on errors counts it; the rest of the run is done, and the next is due in a minute
 */
export const handler = withOpenHandle(async (_event: unknown, host: { getRemainingTimeInMillis(): number }): Promise<ClockReport> => {
  const report = await runClock({
    ...deps,
    store: { ...deps.store, ...dynamoDbAlarmProbe(engine.dynamoDb, engine.config.tableName) },
    schedules,
    gates,
    maxJobsPerSweep: engine.config.clockJobsPerRun,
    indexPartitions: engine.config.indexPartitions,
    catalogue: [...deps.catalogue, ...deployedInternalTypes(deps.settings)],
    remainingMs: () => host.getRemainingTimeInMillis(),
  });
  if (report.failed > 0)
    throw new Error(`The clock could not process everything; ${report.failed} reads, writes or jobs failed: ${JSON.stringify(report)}`);
  return report;
});
