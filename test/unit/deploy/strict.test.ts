/** Each rule of the strict proxy refuses what AWS refuses, and passes what AWS takes, up to the very limit. */
import { maxAnswerBytes } from '../../../local/gateway.ts';
import { headBytes, lambdaAnswerBytes } from '../../deploy/strict/http-api.ts';
import type { Account, StrictAnswer, StrictRequest } from '../../deploy/strict/rule.ts';
import { rules } from '../../deploy/strict/rules.ts';

const listers = ['LISTER'];
const account: Account = {
  regionOf: (bucket) => ({ near: 'us-east-1', far: 'eu-west-1' })[bucket],
  mayList: async ({ headers }) => listers.some((name) => headers['authorization']?.includes(name)),
};
const ok: StrictAnswer = { status: 200, headers: {}, body: Buffer.alloc(0) };
const signedBy = (name: string, region: string, service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${name}/20261201/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});
const request = (service: string, more: Partial<StrictRequest> = {}): StrictRequest => ({
  service,
  method: 'GET',
  target: '/',
  headers: {},
  body: Buffer.alloc(0),
  ...more,
});

const link =
  '/near/key?X-Amz-Credential=A%2F20261201%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-SignedHeaders=host%3Bx-amz-acl&X-Amz-Signature=0';
const s3 = (target: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') => request('s3', { target, headers, method });
const sqs = (action: string, body: object) =>
  request('sqs', { method: 'POST', headers: { 'x-amz-target': `AmazonSQS.${action}` }, body: Buffer.from(JSON.stringify(body)) });
const iam = (parameters: Readonly<Record<string, string>>) =>
  request('iam', { method: 'POST', body: Buffer.from(new URLSearchParams(parameters).toString()) });
const environment = (bytes: number) => JSON.stringify({ Environment: { Variables: { A: 'x'.repeat(bytes - '{"A":""}'.length) } } });
/** A policy of this size without its white space. */
const policy = (size: number) => JSON.stringify({ Sid: 'x'.repeat(size - '{"Sid":""}'.length) }, undefined, 2);
const missing: StrictAnswer = { status: 404, headers: {}, body: Buffer.from('<Error><Code>NoSuchKey</Code></Error>') };
const padded = (bytes: number): StrictRequest => {
  const bare = request('execute-api', { headers: { a: '' } });
  return { ...bare, headers: { a: 'x'.repeat(bytes - headBytes(bare)) } };
};
const answerOf = (bytes: number): StrictAnswer => ({ ...ok, body: Buffer.from('x'.repeat(bytes - lambdaAnswerBytes(ok))) });
const message = (more: object = {}) => sqs('SendMessage', { QueueUrl: 'q', MessageBody: 'a', ...more });
const batch = (...Entries: object[]) =>
  sqs('SendMessageBatch', { QueueUrl: 'q', Entries: Entries.map((entry, i) => ({ Id: `id-${i}`, MessageBody: 'a', ...entry })) });
const attributes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, { DataType: 'String', StringValue: 'x' }]));
const named = (name: string) => message({ MessageAttributes: { [name]: { DataType: 'String', StringValue: 'x' } } });
const kibibyte = 1_024;

type Example = readonly [StrictRequest, StrictAnswer?];

/** By the rule's name: what it refuses with which status, and what it takes. */
const examples: Readonly<Record<string, { status: number; text?: string; refused: readonly Example[]; taken: readonly Example[] }>> = {
  'a pre-signed link beside an Authorization header': {
    status: 400,
    text: 'Only one auth mechanism allowed',
    refused: [[s3(link, { authorization: 'Bearer token' })], [s3(link, signedBy('A', 'us-east-1', 's3'))]],
    taken: [[s3(link)], [s3('/near/key', signedBy('A', 'us-east-1', 's3'))]],
  },
  'a pre-signed link with headers of Amazon that it did not sign': {
    status: 403,
    text: '<HeadersNotSigned>x-amz-security-token</HeadersNotSigned>',
    refused: [[s3(link, { 'x-amz-security-token': 'T' })], [s3(link, { 'x-amz-acl': 'private', 'x-amz-security-token': 'T' })]],
    taken: [[s3(link, { 'x-amz-acl': 'private', accept: '*/*' })], [s3('/near/key', { 'x-amz-date': '20261201T000000Z' })]],
  },
  'a bucket that is asked for in another region than its own': {
    status: 301,
    refused: [
      [s3('/far/key', signedBy('A', 'us-east-1', 's3'))],
      [s3('/far?list-type=2', signedBy('A', 'us-east-1', 's3'))],
      [s3('/near/key', signedBy('A', 'eu-west-1', 's3'), 'HEAD')],
    ],
    taken: [
      [s3('/far/key', signedBy('A', 'eu-west-1', 's3'))],
      [s3('/near/key', signedBy('A', 'us-east-1', 's3'))],
      [s3('/unknown/key', signedBy('A', 'us-east-1', 's3'))],
      [s3(link)],
    ],
  },
  'whether an object is missing, to those who may not list the bucket': {
    status: 403,
    refused: [
      [s3('/near/key', signedBy('READER', 'us-east-1', 's3')), missing],
      [s3('/near/key', signedBy('READER', 'us-east-1', 's3'), 'HEAD'), missing],
    ],
    taken: [
      [s3('/near/key', signedBy('LISTER', 'us-east-1', 's3')), missing],
      [s3('/near/key', signedBy('READER', 'us-east-1', 's3')), ok],
      [s3('/near', signedBy('READER', 'us-east-1', 's3')), missing],
      [s3('/near/key', signedBy('READER', 'us-east-1', 's3'), 'DELETE'), missing],
    ],
  },
  'a request line and header values of more than 10,240 bytes': {
    status: 431,
    refused: [[padded(10_241)]],
    taken: [[padded(10_240)]],
  },
  'a body of more than 10 MB': {
    status: 413,
    refused: [[request('execute-api', { body: Buffer.alloc(10 * kibibyte * kibibyte + 1) })]],
    taken: [[request('execute-api', { body: Buffer.alloc(10 * kibibyte * kibibyte) })]],
  },
  'a function that answers with more than 6 MB': {
    status: 500,
    refused: [
      [request('execute-api'), answerOf(maxAnswerBytes + 1)],
      // As a string within JSON each quote takes two bytes.
      [request('execute-api'), { ...ok, body: Buffer.from('"'.repeat(3_200_000)) }],
      [request('execute-api'), { ...ok, body: Buffer.alloc(4_800_000, 0xff) }],
    ],
    taken: [
      [request('execute-api'), answerOf(maxAnswerBytes)],
      [request('execute-api'), { ...ok, body: Buffer.alloc(4_700_000, 0xff) }],
    ],
  },
  'an invocation whose answer is larger than 6 MB': {
    status: 200,
    text: 'Function.ResponseSizeTooLarge',
    refused: [
      [
        request('lambda', { method: 'POST', target: '/2015-03-31/functions/f/invocations' }),
        { ...ok, body: Buffer.alloc(maxAnswerBytes + 1) },
      ],
    ],
    taken: [
      [request('lambda', { method: 'POST', target: '/2015-03-31/functions/f/invocations' }), { ...ok, body: Buffer.alloc(maxAnswerBytes) }],
      [request('lambda', { target: '/2015-03-31/functions/' }), { ...ok, body: Buffer.alloc(maxAnswerBytes + 1) }],
    ],
  },
  'an environment of more than 4 KB': {
    status: 400,
    text: '4KB limit',
    refused: [
      [request('lambda', { method: 'PUT', target: '/2015-03-31/functions/f/configuration', body: Buffer.from(environment(4_097)) })],
      [request('lambda', { method: 'POST', target: '/2015-03-31/functions', body: Buffer.from(environment(4_097)) })],
    ],
    taken: [
      [request('lambda', { method: 'PUT', target: '/2015-03-31/functions/f/configuration', body: Buffer.from(environment(4_096)) })],
      [request('lambda', { method: 'POST', target: '/2015-03-31/functions', body: Buffer.from('{}') })],
    ],
  },
  'a message of more than 1 MiB, its attributes included': {
    status: 400,
    refused: [
      [message({ MessageBody: 'x'.repeat(kibibyte * kibibyte + 1) })],
      [message({ MessageBody: 'x'.repeat(kibibyte * kibibyte), MessageAttributes: attributes(1) })],
      [message({ MessageBody: 'ü'.repeat(kibibyte * 600) })],
    ],
    taken: [[message({ MessageBody: 'x'.repeat(kibibyte * kibibyte) })]],
  },
  'a batch of more than 1 MiB in all': {
    status: 400,
    refused: [[batch({ MessageBody: 'x'.repeat(kibibyte * 600) }, { MessageBody: 'x'.repeat(kibibyte * 600) })]],
    taken: [[batch({ MessageBody: 'x'.repeat(kibibyte * 512) }, { MessageBody: 'x'.repeat(kibibyte * 512) })]],
  },
  'a batch of more than 10': {
    status: 400,
    refused: [[batch(...Array.from({ length: 11 }, () => ({})))]],
    taken: [[batch(...Array.from({ length: 10 }, () => ({})))]],
  },
  'a batch of none': { status: 400, refused: [[batch()]], taken: [[batch({})], [message()]] },
  'a batch with ids that are malformed or given twice': {
    status: 400,
    refused: [[batch({ Id: 'a.b' })], [batch({ Id: 'a' }, { Id: 'a' })], [batch({ Id: 'x'.repeat(81) })]],
    taken: [[batch({ Id: 'a-b_1' }, { Id: 'x'.repeat(80) })]],
  },
  'a delay outside of 0 to 900 seconds': {
    status: 400,
    refused: [
      [message({ DelaySeconds: 901 })],
      [message({ DelaySeconds: -1 })],
      [message({ DelaySeconds: 0.5 })],
      [batch({ DelaySeconds: 901 })],
    ],
    taken: [[message({ DelaySeconds: 900 })], [batch({ DelaySeconds: 0 })]],
  },
  'a visibility outside of 0 to 43,200 seconds': {
    status: 400,
    refused: [[sqs('ChangeMessageVisibility', { VisibilityTimeout: 43_201 })], [sqs('ReceiveMessage', { VisibilityTimeout: -1 })]],
    taken: [[sqs('ChangeMessageVisibility', { VisibilityTimeout: 43_200 })], [sqs('ReceiveMessage', {})]],
  },
  'a receive of more than 10 messages, or a wait of more than 20 seconds': {
    status: 400,
    refused: [[sqs('ReceiveMessage', { MaxNumberOfMessages: 11 })], [sqs('ReceiveMessage', { WaitTimeSeconds: 21 })]],
    taken: [[sqs('ReceiveMessage', { MaxNumberOfMessages: 10, WaitTimeSeconds: 20 })]],
  },
  'more than 10 attributes': {
    status: 400,
    refused: [[message({ MessageAttributes: attributes(11) })]],
    taken: [[message({ MessageAttributes: attributes(10) })]],
  },
  'an attribute whose name is malformed, or whose value is empty': {
    status: 400,
    refused: [
      ...['AWS.a', 'amazon.a', '.a', 'a.', 'a..b', 'a b', 'x'.repeat(257)].map((name): Example => [named(name)]),
      [message({ MessageAttributes: { a: { DataType: 'String', StringValue: '' } } })],
    ],
    taken: ['a', 'a.b-c_D1', 'awsome', 'x'.repeat(256)].map((name): Example => [named(name)]),
  },
  'a group id that is not 1 to 128 characters of ASCII without spaces': {
    status: 400,
    refused: ['', 'a b', 'ü', 'x'.repeat(129)].map((MessageGroupId): Example => [message({ MessageGroupId })]),
    taken: ['a', 'arn:aws:iam::1:role/A!~', 'x'.repeat(128)].map((MessageGroupId): Example => [message({ MessageGroupId })]),
  },
  'a body that is empty, or holds a character that XML has not': {
    status: 400,
    refused: ['', 'a\u0000', '\uffff', '\u001b'].map((MessageBody): Example => [message({ MessageBody })]),
    taken: ['a', '{"ü":"𝄞"}\n\t'].map((MessageBody): Example => [message({ MessageBody })]),
  },
  'a role name of more than 64 characters, or with others than letters, digits and _+=,.@-': {
    status: 400,
    refused: [[iam({ Action: 'CreateRole', RoleName: 'x'.repeat(65) })], [iam({ Action: 'CreateRole', RoleName: 'a/b' })]],
    taken: [[iam({ Action: 'CreateRole', RoleName: 'x'.repeat(64) })], [iam({ Action: 'GetRole', RoleName: 'x'.repeat(65) })]],
  },
  'a trust policy of more than 2,048 characters': {
    status: 409,
    refused: [[iam({ Action: 'CreateRole', AssumeRolePolicyDocument: policy(2_049) })]],
    taken: [[iam({ Action: 'CreateRole', AssumeRolePolicyDocument: policy(2_048) })]],
  },
  'a policy name that is not 1 to 128 characters of letters, digits and _+=,.@-': {
    status: 400,
    refused: [[iam({ Action: 'PutRolePolicy', PolicyName: 'x'.repeat(129) })]],
    taken: [[iam({ Action: 'PutRolePolicy', PolicyName: 'x'.repeat(128) })]],
  },
  'inline policies of a role of more than 10,240 characters': {
    status: 409,
    refused: [[iam({ Action: 'PutRolePolicy', PolicyDocument: policy(10_241) })]],
    taken: [[iam({ Action: 'PutRolePolicy', PolicyDocument: policy(10_240) })]],
  },
  'a managed policy of more than 6,144 characters': {
    status: 409,
    refused: [[iam({ Action: 'CreatePolicy', PolicyDocument: policy(6_145) })]],
    taken: [[iam({ Action: 'CreatePolicy', PolicyDocument: policy(6_144) })]],
  },
};

const judged = rules.filter(({ timeout }) => timeout === undefined);

it('shows each rule at work, and cites where it comes from', () => {
  expect(Object.keys(examples).sort()).toEqual(judged.map(({ name }) => name).sort());
  expect(rules.filter(({ source }) => !source.startsWith('https://'))).toEqual([]);
});

describe.each(judged)('$name', (rule) => {
  const { status, text = '', refused = [], taken = [] } = examples[rule.name] ?? {};
  const judge = async ([asked, answered = ok]: Example) =>
    rule.request?.(asked, account) ?? (await rule.answer?.(asked, answered, account));

  it.each(refused.map((example, i) => [i, example] as const))('is refused (%i)', async (_, example) => {
    const answer = await judge(example);
    expect(answer?.status).toBe(status);
    expect(answer?.body.toString()).toContain(text);
  });

  it.each(taken.map((example, i) => [i, example] as const))('is no more than it says (%i)', async (_, example) =>
    expect(await judge(example)).toBeUndefined(),
  );
});

it('names the region of a bucket that is elsewhere', async () => {
  const rule = rules.find(({ name }) => name.startsWith('a bucket that is asked for in another region'));
  const answer = await rule?.request?.(s3('/far/key', signedBy('A', 'us-east-1', 's3')), account);
  expect(answer?.headers['x-amz-bucket-region']).toBe('eu-west-1');
});
