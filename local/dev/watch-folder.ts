import { existsSync } from 'node:fs';
import { errorText } from '../../lambdas/core/job/error-text.ts';
import { FileWatch, isPackaged } from './changed-files.ts';
import { jobTypesIn, shown } from './job-folder.ts';
import type { ServedJobTypes } from './served-job-types.ts';

const watchMs = 300;

/** Loads what changed, one change after the other. */
export function watchFolder(folder: string, types: ServedJobTypes, print: (line: string) => void): { stop(): void } {
  const watches = new Map<string, FileWatch>();
  const follow = (path: string) => {
    if (!watches.has(path) && !isPackaged(path)) watches.set(path, new FileWatch(() => types.filesOf(path), path));
  };
  for (const path of types.folders()) follow(path);
  let isBusy = false;
  let lastFault: string | undefined;
  const look = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      const found = jobTypesIn(folder);
      const changed = [...watches].filter(([, watch]) => watch.hasChanged()).map(([path]) => path);
      const added = found.filter((path) => !watches.has(path));
      for (const path of added) follow(path);
      if (changed.length + added.length > 0) await types.reload([...changed, ...added]);
      // What the new code imports is watched from now on.
      for (const path of changed) watches.get(path)?.hasChanged();
      lastFault = undefined;
    } catch (error) {
      const isGone = (error as { code?: string }).code === 'ENOENT' && !existsSync(folder);
      const fault = isGone ? `there is no folder ${shown(folder)} any more` : errorText(error);
      if (fault !== lastFault) print(`The changes could not be loaded: ${fault}`);
      lastFault = fault;
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(() => void look(), watchMs);
  return { stop: () => clearInterval(timer) };
}
