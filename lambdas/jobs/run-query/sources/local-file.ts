/** Local files of sources, all of them together within one budget of bytes. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { LocalFile } from './reading.ts';

export class DiskBudget {
  leftBytes: number;

  constructor(totalBytes: number) {
    this.leftBytes = totalBytes;
  }
}

/** @param onFull makes the error for a file that has no room left */
export async function createLocalFile(path: string, budget: DiskBudget, onFull: () => Error): Promise<LocalFile> {
  const file = await open(path, 'wx', 0o400);
  let sizeBytes = 0;
  let written: Promise<void> = Promise.resolve();
  return {
    path,
    async close() {
      try {
        await written;
      } finally {
        await file.close();
      }
    },
    async remove() {
      await rm(path);
      budget.leftBytes += sizeBytes;
      sizeBytes = 0;
    },
    async write(bytes) {
      budget.leftBytes -= bytes.length;
      sizeBytes += bytes.length;
      if (budget.leftBytes < 0) throw onFull();
      await written;
      written = writeAll(file, bytes).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOSPC' ? onFull() : error;
      });
      written.catch(() => undefined); // thrown by the next call
    },
  };
}

/** Stores the pieces, one after the other. @returns the file, closed */
export async function storePieces(pieces: AsyncIterable<Uint8Array>, file: LocalFile): Promise<LocalFile> {
  try {
    for await (const piece of pieces) await file.write(piece);
    return file;
  } finally {
    await file.close();
  }
}

/** A write to a disk that is nearly full may take less than it was given. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
}
