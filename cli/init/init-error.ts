/** Why nothing was written. */

/** 1: something is in the way. 2: the command was called in a way that it does not know, or would have to ask. */
export type InitExitCode = 1 | 2;

/** What the person at the keyboard can put right. The message says what was wrong and what to do. */
export class InitError extends Error {
  override readonly name = 'InitError';
  readonly exitCode: InitExitCode;

  constructor(message: string, exitCode: InitExitCode = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** @returns the reason of an error of the file system, without its path and the name of the call */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'it is there already',
  ENAMETOOLONG: 'the name is too long',
  EISDIR: 'it is a folder',
};
