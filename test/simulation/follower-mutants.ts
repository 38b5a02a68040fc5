/** Mutants of jobs that start after others. */
import { change, type Mutant } from './mutant-places.ts';

export const followerMutants: Readonly<Record<string, Mutant>> = {
  'a job does not wait for those before it': change("if (state.kind === 'over') continue;", "if (state.kind !== 'failed') continue;"),
  'a job does not know which start after it': change(
    'return (await writeOver(job, patch, store)) === conflict ? conflict : open;',
    'return patch === undefined ? conflict : open;',
  ),
  'a worker ends a job without looking at what starts after it': change(
    'job = await session.writeUnlessNoticed(notices, (before) => ({',
    'job = await session.write((before) => ({',
  ),
  'the end of a job frees none that start after it': change(
    'return parent === undefined ? followers : [parent, ...followers];',
    'return parent === undefined ? [] : [parent, ...followers.slice(followers.length)];',
  ),
  'a job starts after the failure of one that it needs': change("onFailure === 'fail' ? found", "onFailure === 'run' ? found"),
  'whoever holds a job back hears of no end': change(
    'return { notices: notices + 1 };',
    'return held === undefined ? { notices: notices + 1 } : undefined;',
  ),
};
