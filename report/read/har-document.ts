/** Reads HAR: what a browser's developer tools save of one person's session. */
import { ReportError } from '../report-error.ts';
import { harRequest } from './har-request.ts';
import { asObject, type JsonObject, objectsOf } from './json-object.ts';
import type { DocumentReader } from './log-reader.ts';
import type { LoggedRequest } from './logged-request.ts';

/** @see http://www.softwareishard.com/blog/har-12-spec/ */
export const harDocument: DocumentReader = {
  format: 'har',
  title: 'HAR',
  recognises: (start) => /^\uFEFF?\s*\{\s*"log"\s*:\s*\{/.test(start),
  readDocument: (text) => {
    const entries = entriesOf(parse(text));
    const requests: LoggedRequest[] = [];
    let unparsed = 0;
    // Everything in the file is one person's, whose first request distinguishes one file from another.
    const [firstStart = ''] = entries.map((entry) => String(entry['startedDateTime'])).sort();
    const caller = `HAR of ${firstStart}`;
    for (const entry of entries) {
      const request = harRequest(entry, caller);
      if (request === undefined) unparsed++;
      else if (request !== 'noise') requests.push(request);
    }
    return { requests, unparsed };
  },
};

function entriesOf(document: unknown): readonly JsonObject[] {
  return objectsOf(asObject(asObject(document)?.['log'])?.['entries']);
}

/** Where headers, cookies, bodies and queries are in a HAR. They hold tokens, so they are dropped while the text is parsed. */
const secrets = new Set(['cookies', 'postData', 'queryString', 'text', 'comment', '_webSocketMessages', '_initiator']);

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''), (key, value: unknown) => {
      if (key === 'headers') return objectsOf(value).filter(({ name }) => typeof name === 'string' && name.toLowerCase() === 'user-agent');
      return secrets.has(key) ? undefined : value;
    });
  } catch (cause) {
    throw new ReportError('This HAR file is not valid JSON. It may have been cut off: save it again.', { cause });
  }
}
