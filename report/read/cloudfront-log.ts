/** Reads CloudFront's standard logs: the W3C form with `#Fields:` and the JSON lines of standard logging v2. */
import { cloudFrontRequest, type FieldOf, isCloudFront } from './cloudfront-request.ts';
import { asText, parseJsonObject } from './json-object.ts';
import type { LogReader, ReadLine } from './log-reader.ts';

/** @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html */
export const cloudFrontLog: LogReader = {
  format: 'cloudfront',
  title: 'CloudFront',
  open: () => ({ read: openLines(), notes: [] }),
};

/** Columns are named by `#Fields:`, which files that were put together repeat. Lines before the first one are not understood. */
function openLines(): ReadLine {
  let columns: ReadonlyMap<string, number> | undefined;
  return (line) => {
    const first = line.charCodeAt(0);
    if (first === 123) return readJson(line);
    if (first !== 35) return columns && readColumns(line, columns);
    if (line.startsWith('#Fields:')) {
      columns = columnsOf(line);
      return columns && 'noise';
    }
    // Other servers write such headers too, so these are understood by what follows them.
    return line.startsWith('#Version:') || columns !== undefined ? 'noise' : undefined;
  };
}

/** Undefined for the fields of another server, such as IIS. */
function columnsOf(header: string): ReadonlyMap<string, number> | undefined {
  const names = header.slice('#Fields:'.length).trim().split(/\s+/);
  return isCloudFront((name) => names.includes(name)) ? new Map(names.map((name, index) => [name, index])) : undefined;
}

function readColumns(line: string, columns: ReadonlyMap<string, number>) {
  // Values are percent-encoded, so a copy whose tabs became blanks splits at these.
  const values = line.includes('\t') ? line.split('\t') : line.split(/ +/);
  if (values.length !== columns.size) return undefined;
  return cloudFrontRequest((name) => fieldValue(values[columns.get(name) ?? -1]));
}

function readJson(line: string) {
  const json = parseJsonObject(line);
  if (json === undefined || !isCloudFront((name) => name in json)) return undefined;
  const field: FieldOf = (name) => {
    const value = json[name];
    return fieldValue(typeof value === 'number' ? String(value) : asText(value));
  };
  return cloudFrontRequest(field);
}

const fieldValue = (value: string | undefined) => (value === '-' || value === '' ? undefined : value);
