/** Writes the files of a plan: all of them, or none. */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type FilePlan, newFolders, type PlannedFile, shownPath } from './file-plan.ts';
import { InitError, reasonOf } from './init-error.ts';

type Undo = () => void;

/**
 * Makes the folders that are missing, creates the files, and changes those that exist, in this order.
 * @throws InitError when something cannot be written; what was written before is taken back
 */
export function writePlan(plan: FilePlan): void {
  const undo: Undo[] = [];
  let place = plan.folder;
  try {
    for (const folder of newFolders(plan)) {
      place = folder;
      mkdirSync(folder);
      undo.push(() => rmdirSync(folder));
    }
    for (const file of inOrder(plan.files)) {
      place = join(plan.folder, file.path);
      write(file, place, undo);
    }
  } catch (error) {
    const outcome = takeBack(undo) ? 'Nothing was changed.' : 'What was written before could not all be removed.';
    throw new InitError(`${shownPath(place)} cannot be written: ${reasonOf(error)}. ${outcome}`, 1, { cause: error });
  }
}

const order = { create: 0, modify: 1, leave: 2 } as const;
const inOrder = (files: readonly PlannedFile[]) => [...files].sort((a, b) => order[a.action] - order[b.action]);

/** Adds to `undo` how to take it back, before anything can fail half-way. */
function write(file: PlannedFile, path: string, undo: Undo[]): void {
  switch (file.action) {
    case 'create':
      create(path, file.text, undo);
      return;
    case 'modify':
      if (readFileSync(path, 'utf8') !== file.before) throw new Error('it was changed meanwhile; run the command again');
      replace(path, file.text);
      undo.push(() => replace(path, file.before));
      return;
    case 'leave':
      return;
  }
}

/** The flag refuses a file that another process has made since the plan was shown. */
function create(path: string, text: string, undo: Undo[]): void {
  const descriptor = openSync(path, 'wx');
  undo.push(() => rmSync(path));
  try {
    writeFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

/** The new text is in place at once, or not at all: a disk that is full damages no file. */
function replace(path: string, text: string): void {
  const target = realpathSync(path);
  const draft = `${target}.new`;
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: statSync(target).mode });
    renameSync(draft, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(draft, { force: true });
    throw error;
  }
}

/** @returns whether everything is as it was */
function takeBack(undo: readonly Undo[]): boolean {
  return [...undo].reverse().every((step) => {
    try {
      step();
      return true;
    } catch {
      return false;
    }
  });
}
