/**
 * What the compiled part of Lambda's runtime client does, by the same three functions: waits for an invocation without blocking, and reports
 * its outcome at once. The outcome goes through a pipe, which can be written to synchronously, as the compiled part speaks HTTP.
 * @see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/native/rapid-client.cc
 */
import { writeSync } from 'node:fs';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';

/** The file descriptor that the process was started with for outcomes. */
const outcomes = 3;

export function next(): Promise<{ readonly bodyJson: string; readonly headers: object }> {
  const url = `http://${process.env['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/next`;
  return new Promise((resolve, reject) => {
    get(url, async (response) => resolve({ bodyJson: await text(response), headers: response.headers })).once('error', reject);
  });
}

export function done(id: string, body: string): void {
  report({ id, kind: 'response', body });
}

export function error(id: string, body: string): void {
  report({ id, kind: 'error', body });
}

function report(outcome: object): void {
  let rest = Buffer.from(`${JSON.stringify(outcome)}\n`);
  while (rest.length > 0) rest = rest.subarray(writeSync(outcomes, rest));
}
