/** What submits jobs that are unique under a key: loaded from a file of its own with the first one, since an API that accepts jobs need not load it. */
export { findJoined, findRepeated, submitUnique } from '../core/submit/unique-job.ts';
