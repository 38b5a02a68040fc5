/** Where Lambda is stricter than the emulator. */
import { maxAnswerBytes } from '../../../local/gateway.ts';
import { jsonAnswer, type Rule } from './rule.ts';

const limits = 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html';
export const maxEnvironmentBytes = 4_096;

export const lambdaRules: readonly Rule[] = [
  {
    name: 'an invocation whose answer is larger than 6 MB',
    source: limits,
    service: 'lambda',
    answer: ({ method, target }, { body }) =>
      method === 'POST' && target.endsWith('/invocations') && body.length > maxAnswerBytes
        ? jsonAnswer(
            200,
            {
              errorType: 'Function.ResponseSizeTooLarge',
              errorMessage: `Response payload size exceeded maximum allowed payload size (${maxAnswerBytes} bytes).`,
            },
            { 'x-amz-function-error': 'Unhandled' },
          )
        : undefined,
  },
  {
    name: 'an environment of more than 4 KB',
    source: limits,
    service: 'lambda',
    request({ method, target, body }) {
      const isConfiguration =
        (method === 'POST' && target.endsWith('/functions')) || (method === 'PUT' && target.endsWith('/configuration'));
      if (!isConfiguration) return undefined;
      const { Environment } = JSON.parse(body.toString() || '{}') as { Environment?: { Variables?: Readonly<Record<string, string>> } };
      if (environmentBytes(Environment?.Variables ?? {}) <= maxEnvironmentBytes) return undefined;
      const Message =
        'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.';
      return jsonAnswer(400, { Type: 'User', Message }, { 'x-amzn-errortype': 'InvalidParameterValueException' });
    },
  },
];

/** Lambda measures the variables as JSON. */
export function environmentBytes(variables: Readonly<Record<string, string>>): number {
  return Buffer.byteLength(JSON.stringify(variables));
}
