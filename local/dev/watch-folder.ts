import { existsSync } from 'node:fs';
import { errorText } from '../../lambdas/core/job/error-text.ts';
import { FileWatch, isPackaged } from './changed-files.ts';
import { jobTypesIn, shown } from './job-folder.ts';
import type { ServedJobTypes } from './served-job-types.ts';

const watchMs = 300;

/** Loads what changed, one change after the other. */
export class FolderWatch {
  private readonly folder: string;
  private readonly types: ServedJobTypes;
  private readonly print: (line: string) => void;
  private readonly watches = new Map<string, FileWatch>();
  private timer: NodeJS.Timeout | undefined;
  private isBusy = false;
  private lastFault: string | undefined;

  constructor(folder: string, types: ServedJobTypes, print: (line: string) => void) {
    this.folder = folder;
    this.types = types;
    this.print = print;
  }

  /** Loads job types. What changes meanwhile is loaded by the next look. @param paths their folders */
  async load(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      if (!this.watches.has(path) && !isPackaged(path)) this.watches.set(path, new FileWatch(() => this.types.filesOf(path), path));
    }
    const startedMs = Date.now();
    await this.types.reload(paths);
    for (const path of paths) this.watches.get(path)?.loaded(startedMs);
  }

  start(): void {
    this.timer = setInterval(() => void this.look(), watchMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      const found = jobTypesIn(this.folder);
      const changed = [...this.watches].filter(([, watch]) => watch.hasChanged()).map(([path]) => path);
      const added = found.filter((path) => !this.watches.has(path));
      if (changed.length + added.length > 0) await this.load([...changed, ...added]);
      this.lastFault = undefined;
    } catch (error) {
      this.report(error);
    } finally {
      this.isBusy = false;
    }
  }

  private report(error: unknown): void {
    const isGone = (error as { code?: string }).code === 'ENOENT' && !existsSync(this.folder);
    const fault = isGone ? `there is no folder ${shown(this.folder)} any more` : errorText(error);
    if (fault !== this.lastFault) this.print(`The changes could not be loaded: ${fault}`);
    this.lastFault = fault;
  }
}
