/** The bounds of what a job may start after. */

/** The number of jobs that one job may start after: each is read and written when the job would start. */
export const maxPredecessors = 20;
/** The number of jobs that may start after one job: their ids are in its record. */
export const maxFollowers = 100;
