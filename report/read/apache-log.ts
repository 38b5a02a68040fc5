/** Reads Apache's access logs: `common`, `combined`, `vhost_combined`, `combinedio`, and these with `%D`, `%T`, `%{ms}T` and `%X`. */
import { learnClfSample } from './clf-layout.ts';
import { parseClfLine } from './clf-line.ts';
import { clfRequest } from './clf-request.ts';
import type { LogReader } from './log-reader.ts';
import { openLogTime } from './log-time.ts';

/** Reads lines whose time is the start: Apache logs when a request was received. @see https://httpd.apache.org/docs/current/mod/mod_log_config.html */
export const apacheLog: LogReader = {
  format: 'apache',
  title: 'Apache',
  open: ({ lines }, options) => {
    const layout = learnClfSample(lines, options);
    if (layout?.server !== 'apache') return { read: () => undefined, notes: [] };
    const readTime = openLogTime(options);
    const read = (text: string) => {
      const line = parseClfLine(text);
      return line && clfRequest(line, layout, readTime);
    };
    return { read, notes: layout.notes };
  },
};
