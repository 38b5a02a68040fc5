/** The subjects of commits since the check began. */
import { spawnSync } from 'node:child_process';

/** Subjects up to this commit are as they are. */
export const base = { commit: '377f41102850d64bc943c7708fab6a8f2708b1c4', committedAt: '2026-11-26T02:59:40Z' } as const;

/** Git shows about 72 characters of a subject beside its commit's id. */
export const maxSubjectCharacters = 72;

export interface Commit {
  readonly id: string;
  readonly subject: string;
}

export interface Checked {
  readonly tooLong: readonly Commit[];
  readonly count: number;
  /** What could not be checked, and why. */
  readonly note?: string;
}

/**
 * Checks the subjects after the base. A shallow clone may lack the base, and a history that was rewritten does: then the commits that are
 * there and were committed later are checked, and the note says so.
 */
export function checkSubjects(root: string, from: { readonly commit: string; readonly committedAt: string } = base): Checked {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (git('rev-parse', '--verify', '--quiet', 'HEAD^{commit}').status !== 0)
    return { tooLong: [], count: 0, note: 'There is no commit to check.' };
  const hasBase = git('merge-base', '--is-ancestor', from.commit, 'HEAD').status === 0;
  const range = hasBase ? [`${from.commit}..HEAD`] : [`--since=${from.committedAt}`, 'HEAD'];
  const log = git('log', '--no-merges', '-z', '--format=%H %s', ...range);
  if (log.status !== 0) throw new Error(`git log failed: ${log.stderr.trim()}`);
  const commits = log.stdout
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => ({ id: entry.slice(0, 8), subject: entry.slice(entry.indexOf(' ') + 1) }));
  const isShallow = git('rev-parse', '--is-shallow-repository').stdout.trim() === 'true';
  const why = isShallow ? 'this clone is shallow' : 'this history does not contain it';
  return {
    tooLong: commits.filter(({ subject }) => [...subject].length > maxSubjectCharacters),
    count: commits.length,
    ...(hasBase
      ? {}
      : { note: `The base ${from.commit.slice(0, 8)} is missing (${why}): checked the commits since ${from.committedAt} that are here.` }),
  };
}
