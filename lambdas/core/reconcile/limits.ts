/**
 * The bounds of one run of the clock. They depend on each other:
 *
 * - A run is ended after 55 s (`clockTimeoutSeconds`) and starts nothing in its last `minRemainingMs`, so it works for 40 s.
 * - All sweeps together spend at most `surveyShare` of that, 20 s, on finding owners; each has an equal part. The rest is for waking.
 * - A sweep takes turns of `jobsPerTurn`, two rounds of `maxParallelJobs`, and ends after `defaultJobsPerSweep`, which is 200 turns, unless the
 *   deployment sets another number.
 * - It reads the queue's depth before its first turn and after every `jobsPerDepthCheck`, at most five times in a run. A run therefore
 *   adds at most 100 + 800 messages to a queue that was shallow and that no worker empties.
 */

/** No work starts when less time than this is left: a request without an answer takes 12 s (four attempts of 3 s each). */
export const minRemainingMs = 15_000;
/** The share of the working time in which all sweeps together look for owners. */
export const surveyShare = 0.5;
/** Jobs that a sweep processes in one turn. */
export const jobsPerTurn = 20;
/** Jobs that are processed at the same time. */
export const maxParallelJobs = 10;
/** Jobs of one sweep in one run: more than a function of 256 MiB manages, which is some 3,600 (docs/decisions/0019-alarms-by-minute-and-owner.md). */
export const defaultJobsPerSweep = 4_000;
/** A queue with more waiting messages than this is deep: it most likely still holds the messages of its overdue jobs. */
export const maxShallowDepth = 100;
/** Jobs after which a sweep reads the depth of its queue again. */
export const jobsPerDepthCheck = 800;
/** Alarms that a sweep holds in memory. */
export const maxKnownAlarms = 40_000;
/** An alarm is fresh for this time, or for two periods if that is longer. In each run, every owner with a fresh alarm is found, behind any backlog. */
export const minFreshMs = 5 * 60_000;
/** The jobs of a skipped type are searched for missed deadlines once in this number of runs: the search reads the index, not the jobs. */
export const runsPerSearch = 5;
/** How long a message about an overdue job is trusted to arrive through a deep queue. */
export const deepQueueGraceMs = 3_600_000;
