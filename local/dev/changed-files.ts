import { readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Sees changes of files by their time and size: it works on every file system, and whichever way an editor writes. */
export class FileWatch {
  private readonly files: () => readonly string[];
  private readonly folder: string;
  private seen: string;

  /** @param files of any place @param folder with everything in it, and files that appear later */
  constructor(files: () => readonly string[], folder: string) {
    this.files = files;
    this.folder = folder;
    this.seen = this.state();
  }

  /** @returns whether something changed since this was last asked */
  hasChanged(): boolean {
    const state = this.state();
    if (state === this.seen) return false;
    this.seen = state;
    return true;
  }

  private state(): string {
    return [...new Set([...this.files(), ...filesIn(this.folder)])].map((file) => `${file} ${stamp(file)}`).join('\n');
  }
}

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
