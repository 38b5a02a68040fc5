/** Mutants of what follows a job's end, and of jobs that run other jobs. */
import { change, type Mutant } from './mutant-places.ts';

export const familyMutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  'the clock announces nothing': change(
    'if (isTerminal(job.status)) return announceLate(sweep, job, dueAtMs);',
    'if (isTerminal(job.status)) return;',
  ),
  'an end is marked as announced before it is': [
    change('        await notifyAll(listeners, job);\n', ''),
    change('revision: job.revision }, announced);\n', 'revision: job.revision }, announced);\n        await notifyAll(listeners, job);\n'),
  ],
  'a listener that fails is forgotten': change('if (failed !== undefined) throw failed.reason;', ''),
  'the end of a child wakes no parent': change('if (patch.alarm !== undefined) await wakeAtOnce(written, deps.queues);', ''),
  "the end of a child does not end its parent's wait": change('if (!isOver || job.pendingOutcome !== undefined)', 'if (isOver || !isOver)'),
  'a parent that is about to wait hears of no end': change(
    'return { notices: notices + 1 };',
    'return held === undefined ? undefined : { notices: notices + 1 };',
  ),
  'children go on without their parent': change(
    "status !== 'succeeded' && children.length > 0",
    "status === 'succeeded' && children.length > 0",
  ),
  'children are submitted before they are written down': change('await journal.save(() => ({}));\n  return intended;', 'return intended;'),
};
