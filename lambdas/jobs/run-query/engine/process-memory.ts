/** How much memory the engine's process may have, and how much it has. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** The worker's own process in a function: Node, the SDK, its buffers. */
const workerMiB = 320;
/** Less than this runs no query at all; DuckDB and Node have 95 MiB before the first. */
const minProcessMiB = 384;
/** Node and DuckDB themselves, and rows on their way out. */
const idleMiB = 160;
/** Strings and lists in flight are not counted by DuckDB. */
const countedShare = 0.8;

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html for the variable; 1024 where there is no Lambda */
export function functionMemoryMiB(): number {
  return Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 1024);
}

/** @param memoryMiB of the function @returns what its engine's process may have in physical memory */
export function processMiB(memoryMiB: number): number {
  return Math.max(minProcessMiB, memoryMiB - workerMiB);
}

/** @returns DuckDB's own limit, beyond which it spills to disk, within that of its process */
export function engineMiB(memoryMiB: number): number {
  return Math.min(Math.floor((processMiB(memoryMiB) - idleMiB) * countedShare), Math.floor(memoryMiB * 0.65));
}

/**
 * Writable memory that Node maps and never touches, which the operating system's limit counts: V8's range for compiled code (512 MiB on
 * x86-64, 128 MiB on ARM) and the stacks of its threads.
 * @see https://github.com/v8/v8/blob/main/src/common/globals.h kMaximalCodeRangeSize
 */
export const untouchedMiB = (process.arch === 'arm64' ? 128 : 512) + 40;

/** @returns the limit of `ulimit -d` (RLIMIT_DATA) for a process that may have `residentMiB` */
export function dataLimitKiB(residentMiB: number): number {
  return (residentMiB + untouchedMiB) * 1024;
}

/** @returns physical memory of a process, or undefined when it cannot be read or the process is gone */
export async function residentMiB(pid: number): Promise<number | undefined> {
  try {
    if (process.platform === 'linux') return kiB(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return kiB((await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])).stdout);
  } catch {
    return undefined;
  }
}

function kiB(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text) / 1024;
}
