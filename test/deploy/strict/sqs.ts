/** Where SQS is stricter than the emulator, or was found to be. */
import { jsonAnswer, type Rule, type StrictAnswer, type StrictRequest } from './rule.ts';

const quotas = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html';
const reference = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html';
const maxMessageBytes = 1_048_576;
const maxBatch = 10;
const maxAttributes = 10;
const attributeName = /^(?!aws\.|amazon\.|\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i;
const messageGroup = /^[!-~]{1,128}$/;
const batchId = /^[A-Za-z0-9_-]{1,80}$/;
const allowedText = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u;

interface Message {
  readonly Id?: string;
  readonly MessageBody?: string;
  readonly DelaySeconds?: number;
  readonly VisibilityTimeout?: number;
  readonly MessageGroupId?: string;
  readonly MessageAttributes?: Readonly<Record<string, { DataType?: string; StringValue?: string; BinaryValue?: string }>>;
}

interface Call extends Message {
  readonly Entries?: readonly Message[];
  readonly MaxNumberOfMessages?: number;
  readonly WaitTimeSeconds?: number;
}

const onCalls = (name: string, source: string, code: string, isRefused: (call: Call) => boolean): Rule => ({
  name,
  source,
  service: 'sqs',
  request(request) {
    const call = callOf(request);
    return call !== undefined && isRefused(call) ? refusal(code, name) : undefined;
  },
});

/** A rule on each message of a call, in a batch or alone. */
const onMessages = (name: string, source: string, code: string, isRefused: (message: Message) => boolean): Rule =>
  onCalls(name, source, code, (call) => (call.Entries ?? [call]).some(isRefused));

const isOutside = (value: number | undefined, min: number, max: number) =>
  value !== undefined && !(Number.isInteger(value) && value >= min && value <= max);

export const sqsRules: readonly Rule[] = [
  onMessages(
    'a message of more than 1 MiB, its attributes included',
    quotas,
    'InvalidParameterValue',
    (message) => bytesOf(message) > maxMessageBytes,
  ),
  onCalls(
    'a batch of more than 1 MiB in all',
    quotas,
    'BatchRequestTooLong',
    ({ Entries = [] }) => Entries.reduce((sum, message) => sum + bytesOf(message), 0) > maxMessageBytes,
  ),
  onCalls('a batch of more than 10', quotas, 'TooManyEntriesInBatchRequest', ({ Entries = [] }) => Entries.length > maxBatch),
  onCalls('a batch of none', quotas, 'EmptyBatchRequest', ({ Entries }) => Entries?.length === 0),
  onCalls(
    'a batch with ids that are malformed or given twice',
    'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatchRequestEntry.html',
    'InvalidBatchEntryId',
    ({ Entries = [] }) => Entries.some(({ Id = '' }) => !batchId.test(Id)) || new Set(Entries.map(({ Id }) => Id)).size !== Entries.length,
  ),
  onMessages('a delay outside of 0 to 900 seconds', reference, 'InvalidParameterValue', ({ DelaySeconds }) =>
    isOutside(DelaySeconds, 0, 900),
  ),
  onMessages(
    'a visibility outside of 0 to 43,200 seconds',
    'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html',
    'InvalidParameterValue',
    ({ VisibilityTimeout }) => isOutside(VisibilityTimeout, 0, 43_200),
  ),
  onCalls(
    'a receive of more than 10 messages, or a wait of more than 20 seconds',
    'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html',
    'InvalidParameterValue',
    ({ MaxNumberOfMessages, WaitTimeSeconds }) => isOutside(MaxNumberOfMessages, 1, 10) || isOutside(WaitTimeSeconds, 0, 20),
  ),
  onMessages(
    'more than 10 attributes',
    quotas,
    'InvalidParameterValue',
    ({ MessageAttributes = {} }) => Object.keys(MessageAttributes).length > maxAttributes,
  ),
  onMessages(
    'an attribute whose name is malformed, or whose value is empty',
    'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html',
    'InvalidParameterValue',
    ({ MessageAttributes = {} }) =>
      Object.entries(MessageAttributes).some(
        ([name, { StringValue, BinaryValue }]) => !attributeName.test(name) || (StringValue ?? BinaryValue ?? '') === '',
      ),
  ),
  onMessages(
    'a group id that is not 1 to 128 characters of ASCII without spaces',
    reference,
    'InvalidParameterValue',
    ({ MessageGroupId }) => MessageGroupId !== undefined && !messageGroup.test(MessageGroupId),
  ),
  onMessages(
    'a body that is empty, or holds a character that XML has not',
    reference,
    'InvalidMessageContents',
    ({ MessageBody }) => MessageBody !== undefined && !allowedText.test(MessageBody),
  ),
];

/** The members of a call in the JSON protocol, which the SDKs and the CLI speak. */
function callOf({ headers, body }: StrictRequest): Call | undefined {
  if (!headers['x-amz-target']?.startsWith('AmazonSQS.')) return undefined;
  return JSON.parse(body.toString()) as Call;
}

function bytesOf({ MessageBody = '', MessageAttributes = {} }: Message): number {
  const texts = Object.entries(MessageAttributes).flatMap(([name, { DataType = '', StringValue = '' }]) => [name, DataType, StringValue]);
  const binaries = Object.values(MessageAttributes).map(({ BinaryValue = '' }) => Buffer.from(BinaryValue, 'base64').length);
  return Buffer.byteLength([MessageBody, ...texts].join('')) + binaries.reduce((sum, bytes) => sum + bytes, 0);
}

function refusal(code: string, what: string): StrictAnswer {
  return jsonAnswer(
    400,
    { __type: `com.amazonaws.sqs#${code}`, message: `Refused: ${what}.` },
    { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-query-error': `${code};Sender` },
  );
}
