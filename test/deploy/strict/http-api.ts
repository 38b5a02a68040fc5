/** Where API Gateway's HTTP APIs, and Lambda behind them, are stricter than the emulator. */
import { maxAnswerBytes } from '../../../local/gateway.ts';
import { jsonAnswer, type Rule, type StrictAnswer, type StrictRequest } from './rule.ts';

const quotas = 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html';
const maxHeadBytes = 10_240;
const maxBodyBytes = 10 * 1024 * 1024;

export const httpApiRules: readonly Rule[] = [
  {
    // The number is documented, the status is not.
    name: 'a request line and header values of more than 10,240 bytes',
    source: quotas,
    service: 'execute-api',
    request: (request) => (headBytes(request) > maxHeadBytes ? jsonAnswer(431, { message: 'Request Header Fields Too Large' }) : undefined),
  },
  {
    name: 'a body of more than 10 MB',
    source: quotas,
    service: 'execute-api',
    request: ({ body }) => (body.length > maxBodyBytes ? jsonAnswer(413, { message: 'Request Entity Too Large' }) : undefined),
  },
  {
    name: 'an integration that takes more than 30 seconds',
    source: quotas,
    service: 'execute-api',
    timeout: { ms: 30_000, answer: jsonAnswer(503, { message: 'Service Unavailable' }) },
  },
  {
    name: 'a function that answers with more than 6 MB',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, https://github.com/DataBiosphere/azul/issues/8192',
    service: 'execute-api',
    answer: (_, answer) => (lambdaAnswerBytes(answer) > maxAnswerBytes ? jsonAnswer(500, { message: 'Internal Server Error' }) : undefined),
  },
];

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html "Total combined size of request line and header values" */
export function headBytes({ method, target, headers }: Pick<StrictRequest, 'method' | 'target' | 'headers'>): number {
  return Buffer.byteLength([`${method} ${target} HTTP/1.1`, ...Object.values(headers)].join(''));
}

/** @returns the size of the function's result: its answer as a string within JSON, or in base64 if it is not text */
export function lambdaAnswerBytes({ status, headers, body }: StrictAnswer): number {
  const text = body.toString();
  const isText = Buffer.byteLength(text) === body.length && Buffer.from(text).equals(body);
  const envelope = { statusCode: status, headers, isBase64Encoded: !isText, body: isText ? text : body.toString('base64') };
  return Buffer.byteLength(JSON.stringify(envelope));
}
