/** Processes of the engine that wait for a job, so that a query does not wait for a process. */
import { EngineChild } from './engine-child.ts';

/** More would keep memory for jobs that seldom run at once; in Lambda an environment has one job at a time. */
const maxIdle = 2;
const idle: EngineChild[] = [];

/** Starts a process for the next job, unless one is there. */
export function prepareEngine(): void {
  removeDead();
  if (idle.length > 0) return;
  try {
    idle.push(new EngineChild());
  } catch {
    // The job that takes one finds out, and fails with that error.
  }
}

/** @returns a process that no other job has @throws RetryableError `engine_unavailable` */
export async function takeChild(): Promise<EngineChild> {
  removeDead();
  const waiting = idle.pop();
  // One that waited may have been killed meanwhile, which is only seen when it does not answer.
  return waiting !== undefined && (await startsWell(waiting)) ? waiting : startChild();
}

/** @returns a fresh process @throws RetryableError `engine_unavailable` */
export async function startChild(): Promise<EngineChild> {
  const child = new EngineChild();
  await child.start().catch((error: unknown) => {
    child.kill();
    throw error;
  });
  return child;
}

async function startsWell(child: EngineChild): Promise<boolean> {
  try {
    await child.start();
    return child.isAlive;
  } catch {
    child.kill();
    return false;
  }
}

/** @param child whose job ended well, and is closed */
export function returnChild(child: EngineChild): void {
  removeDead();
  if (child.isAlive && idle.length < maxIdle) {
    child.unref();
    idle.push(child);
  } else child.kill();
}

function removeDead(): void {
  const alive = idle.filter((child) => child.isAlive);
  idle.splice(0, idle.length, ...alive);
}
