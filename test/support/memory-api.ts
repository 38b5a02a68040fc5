/** The API over the ports in memory of a bench: an environment of its own at each call, which shares the stores with the others. */
import type { ApiPorts } from '../../lambdas/api/api-context.ts';
import { JobTypeStates } from '../../lambdas/core/control/job-type-states.ts';
import { ApiCaller } from './api-caller.ts';
import type { ScheduleBench } from './schedule-bench.ts';

/** @param changes ports in place of those of the bench */
export function memoryApi(bench: ScheduleBench, changes: Partial<ApiPorts> = {}): ApiCaller {
  const ports = bench.ports();
  return ApiCaller.of({ ports: { ...ports, typeStates: new JobTypeStates(ports) } }, { uploadLinks: ports.uploadLinks, ...changes });
}

/** @returns a runtime whose pauses take the time of the bench */
export function passingTime(bench: ScheduleBench): ApiPorts['runtime'] {
  return {
    ...bench.ports().runtime,
    sleep: async (ms) => {
      bench.nowMs += ms;
    },
  };
}
