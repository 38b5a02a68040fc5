/** Reads nginx's access logs: `combined`, with and without times, and JSON lines. */
import { learnClfSample } from './clf-layout.ts';
import { parseClfLine } from './clf-line.ts';
import { clfRequest } from './clf-request.ts';
import type { LogReader, ReadLine } from './log-reader.ts';
import { openLogTime } from './log-time.ts';
import { openNginxJson } from './nginx-json.ts';

/** Reads lines whose time is the end: nginx logs when a line was written. @see https://nginx.org/en/docs/http/ngx_http_log_module.html */
export const nginxLog: LogReader = {
  format: 'nginx',
  title: 'nginx',
  open: ({ lines }, options) => {
    const layout = learnClfSample(lines, options);
    const readTime = openLogTime(options);
    const readJson = openNginxJson(options, readTime);
    const read: ReadLine = (text) => {
      if (text.charCodeAt(0) === 123) return readJson(text);
      if (layout?.server !== 'nginx') return undefined;
      const line = parseClfLine(text);
      return line && clfRequest(line, layout, readTime);
    };
    return { read, notes: layout?.server === 'nginx' ? layout.notes : [] };
  },
};
