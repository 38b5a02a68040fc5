/** Streams of a job's changes: loaded from a file of its own with the first request for one, since an API that accepts jobs need not load it. */
export { answerEvents } from './live/answer-events.ts';
