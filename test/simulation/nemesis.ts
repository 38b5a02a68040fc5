/** The nemesis: faults of the whole system at planned times. Faults of single requests, messages and machines happen in those. */
import type { Callers } from './callers.ts';
import type { FaultPlan } from './plan.ts';
import type { Random } from './random.ts';
import type { Simulation } from './simulation.ts';
import { clockPeriodMs } from './times.ts';
import type { TypeStateChange } from './type-states.ts';

export class Nemesis {
  private readonly simulation: Simulation;
  private readonly callers: Callers;
  private readonly random: Random;

  constructor(simulation: Simulation, callers: Callers, random: Random) {
    this.simulation = simulation;
    this.callers = callers;
    this.random = random;
  }

  start(): void {
    const { scheduler, plan, queues } = this.simulation;
    const { purgeAfterMs, deployAfterMs, typeState } = plan.faults;
    if (purgeAfterMs !== null) scheduler.after(purgeAfterMs, () => queues.forEach((queue) => void queue.purge()));
    if (deployAfterMs !== null) scheduler.after(deployAfterMs, () => this.deploy());
    this.forgeMessages();
    if (typeState !== null) this.changeTypeState(typeState);
  }

  private deploy(): void {
    const { deployRaisesVersion, deployRemoves } = this.simulation.plan.faults;
    if (deployRaisesVersion) this.simulation.version += 1;
    this.simulation.traceEvent('deploy', `version ${this.simulation.version}${deployRemoves === null ? '' : ` without ${deployRemoves}`}`);
    if (deployRemoves !== null) {
      this.simulation.removed = { type: deployRemoves, atMs: this.simulation.scheduler.nowMs };
      // The state of a removed type no longer applies.
      const known = this.simulation.checker.typeStates.changes.get(deployRemoves);
      if (known !== undefined) {
        known.endAskedMs ??= this.simulation.scheduler.nowMs;
        known.endAppliedMs ??= this.simulation.scheduler.nowMs;
      }
      this.simulation.queues.get(deployRemoves)?.delete();
    }
    this.callers.replaceApis();
  }

  /** Changes a type's state as an admin does, who repeats the request until it succeeds. */
  private changeTypeState({ type, state, span: [fromMs, toMs] }: NonNullable<FaultPlan['typeState']>): void {
    const { scheduler, checker } = this.simulation;
    const put = async (next: string) => {
      while (true) {
        const answer = await this.callers.request('olga', 'PUT', `/v1/job-types/${type}/state`, {}, { state: next });
        if (answer?.status === 200 || (answer?.status === 404 && this.simulation.removed?.type === type)) return;
        await this.callers.sleep(1_000);
      }
    };
    this.callers.inBackground(async () => {
      await this.callers.sleep(fromMs);
      if (this.simulation.removed?.type === type) return;
      const known: TypeStateChange = { state, askedMs: scheduler.nowMs };
      checker.typeStates.changes.set(type, known);
      await put(state);
      known.appliedMs = scheduler.nowMs;
      await this.callers.sleep(toMs - fromMs);
      known.endAskedMs ??= scheduler.nowMs;
      checker.startLatency.faultOccurred();
      await put('active');
      known.endAppliedMs ??= scheduler.nowMs;
      // Messages that arrived meanwhile are deleted, and the clock may still act on the state that it read.
      checker.startLatency.faultOccurred();
      scheduler.after(clockPeriodMs, () => checker.startLatency.faultOccurred());
    });
  }

  private forgeMessages(): void {
    for (const queue of this.simulation.queues.values()) {
      if (this.random.chance(this.simulation.plan.faults.forgeMessage))
        this.simulation.scheduler.after(this.random.int(0, 300_000), () => queue.forge('{"v":9}'));
    }
  }
}
