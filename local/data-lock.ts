import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Holds a data folder for this process alone. SQLite's exclusive lock is the operating system's own, so it ends with the process, however that ends.
 * @returns what gives the folder back
 * @throws Error that says what to do, when another process has it
 */
export function lockDataFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'lock'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch (error) {
    throw new Error(`Another process is using ${folder}. Stop it, or choose another folder with --data or DELEGATION_DATA.`, {
      cause: error,
    });
  }
  return () => database.close();
}
