/**
 * The routes of schedules, with the library for cron patterns: loaded from a file of its own with the first request for one, since an API that
 * accepts jobs need not load them. Such a part has classes of its own, so what it throws is recognised by its name.
 */
export { listSchedules, putSchedule, removeSchedule, setScheduleState, showSchedule } from './routes/schedules.ts';
