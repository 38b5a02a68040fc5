/** Reads cron patterns: loaded from a file of its own by the routes of schedules, since an API that accepts jobs need not load a library for it. */
export { parseCron } from '../core/schedule/cron.ts';
