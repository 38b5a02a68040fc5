/** Tags, as they are written on the command line. */
import { UsageError } from './command.ts';

/** @param words each `name=value` @returns undefined where there are none @throws UsageError */
export function readTags(words: readonly string[]): Readonly<Record<string, string>> | undefined {
  if (words.length === 0) return undefined;
  const entries = words.map((word): readonly [string, string] => {
    const [, name, value] = /^([^=:]+)[=:](.*)$/s.exec(word) ?? [];
    if (name === undefined || value === undefined) throw new UsageError(`--tag must be NAME=VALUE (was "${word}").`);
    return [name, value];
  });
  const twice = entries.find(([name], i) => entries.findIndex(([other]) => other === name) !== i);
  if (twice !== undefined) throw new UsageError(`--tag has ${twice[0]} twice: a job has one value for it.`);
  return Object.fromEntries(entries);
}

/** @returns the tags as a filter of the API takes them: `name:value` */
export function tagFilters(words: readonly string[]): readonly string[] {
  return Object.entries(readTags(words) ?? {}).map(([name, value]) => `${name}:${value}`);
}
