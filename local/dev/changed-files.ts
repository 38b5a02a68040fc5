import { readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Sees changes of files by their time and size: it works on every file system, and whichever way an editor writes. */
export class FileWatch {
  private readonly files: () => readonly string[];
  private readonly folder: string;
  /** Files with their stamps, as they were when somebody last asked. */
  private seen: ReadonlyMap<string, string>;

  /** @param files of any place @param folder with everything in it, and files that appear later */
  constructor(files: () => readonly string[], folder: string) {
    this.files = files;
    this.folder = folder;
    this.seen = this.state();
  }

  /** @returns whether something changed since this was last asked */
  hasChanged(): boolean {
    const state = this.state();
    const isSame = state.size === this.seen.size && [...state].every(([file, stamp]) => this.seen.get(file) === stamp);
    this.seen = state;
    return !isSame;
  }

  /**
   * Watches what a load read that has just ended. What changed since it started was not seen yet: the load may have read the file before.
   * @param startedMs when the load started, by the clock that stamps files
   */
  loaded(startedMs: number): void {
    const state = this.state();
    const isOwn = (file: string) => file.startsWith(`${this.folder}${sep}`);
    const deleted = [...this.seen].filter(([file]) => !state.has(file) && isOwn(file));
    const read = [...state].map(([file, now]): [string, string] => {
      // A file elsewhere is known from this load alone.
      const isUnchanged = !isOwn(file) && Number(now.split(' ')[0]) <= startedMs;
      return [file, this.seen.get(file) ?? (isUnchanged ? now : 'not seen yet')];
    });
    this.seen = new Map([...deleted, ...read]);
  }

  private state(): ReadonlyMap<string, string> {
    return new Map([...this.files(), ...filesIn(this.folder)].map((file) => [file, stamp(file)]));
  }
}

/** @returns when the file was changed, and its size */
function stamp(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? 'gone' : `${found.mtimeMs} ${found.size}`;
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name.startsWith('.') ? [] : filesIn(path);
      return [path];
    });
  } catch {
    return []; // gone meanwhile
  }
}

/** Whether a file is a package's. Packages do not change while one works. */
export function isPackaged(file: string): boolean {
  return file.split(sep).includes('node_modules');
}
