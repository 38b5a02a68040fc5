/** How a job is named, for the help. */
export const idHelp = 'the id of the job, the beginning of one, or @last: the last job that you submitted here';
