import { bucket, table } from '../../../../lib/doctor/checks/data.ts';
import { type Answer, type Answers, Fault } from '../../../support/aws-endpoint.ts';
import { inShort, withAws } from '../../../support/doctor-clients.ts';

const key = 'arn:aws:kms:eu-central-1:123456789012:key/1';
const others = key.replace('123456789012', '999999999999');
const here = { region: 'eu-central-1', account: '123456789012' };
const ofCustomer = { KeyMetadata: { KeyManager: 'CUSTOMER', Arn: key } };

it.each<[string, object, object, readonly string[], RegExp]>([
  ['there', { Table: { TableStatus: 'ACTIVE' } }, {}, [], /^ok/],
  ['missing', new Fault('ResourceNotFoundException'), {}, [], /^problem: There is no table orders in eu-central-1/],
  ['being created', { Table: { TableStatus: 'CREATING' } }, {}, [], /^warning: The table orders is CREATING/],
  [
    "under AWS's own key",
    { Table: { TableStatus: 'ACTIVE', SSEDescription: { KMSMasterKeyArn: key } } },
    { KeyMetadata: { KeyManager: 'AWS' } },
    [],
    /^ok/,
  ],
  [
    'under a customer-managed key',
    { Table: { TableStatus: 'ACTIVE', SSEDescription: { KMSMasterKeyArn: key } } },
    ofCustomer,
    [],
    /^warning: The table orders is encrypted/,
  ],
  [
    'under a key of another account',
    { Table: { TableStatus: 'ACTIVE', SSEDescription: { KMSMasterKeyArn: others } } },
    new Fault('AccessDeniedException'),
    [],
    /^warning: The table orders is encrypted/,
  ],
  [
    'under a key that the settings name',
    { Table: { TableStatus: 'ACTIVE', SSEDescription: { KMSMasterKeyArn: key } } },
    ofCustomer,
    [key],
    /^ok/,
  ],
])('a table that is %s', async (_, DescribeTable, DescribeKey, keys, expected) => {
  const finding = await withAws({ DescribeTable, DescribeKey }, (clients) => table(clients, 'orders', { ...here, keys }));
  expect(inShort(finding)[0]).toMatch(expected);
});

it('reports nothing about the key of a table if it may not describe the key', () =>
  expect(
    withAws({ DescribeTable: { Table: { TableStatus: 'ACTIVE', SSEDescription: { KMSMasterKeyArn: key } } } }, (clients) =>
      table(clients, 'orders', { ...here, keys: [] }),
    ),
  ).rejects.toThrow('Denied by the test'));

const encryption = (inner: string) =>
  `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>${inner}</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`;
const under = (id: string) => encryption(`<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>${id}</KMSMasterKeyID>`);
const inOregon = (text: string) => text.replaceAll('eu-central-1', 'us-west-2');
/** Answers as S3 does: in the bucket's region with the bucket, elsewhere with the region. */
const isIn = (home: string, answer: Answer) => (_: unknown, region: string) =>
  region === home ? answer : new Fault('PermanentRedirect', '', 301, { 'x-amz-bucket-region': home });

const charged = /^warning: The bucket lake is in us-west-2, and the deployment in eu-central-1/;
it.each<[string, Answer | string, Answer, readonly string[], readonly RegExp[]]>([
  ['there', 'eu-central-1', encryption('<SSEAlgorithm>AES256</SSEAlgorithm>'), [], [/^ok/]],
  ['not encrypted by a rule', 'eu-central-1', new Fault('ServerSideEncryptionConfigurationNotFoundError', 'none', 404), [], [/^ok/]],
  ['missing', new Fault('NotFound', '', 404), '', [], [/^problem: There is no bucket lake/]],
  ['in another region', 'us-west-2', encryption('<SSEAlgorithm>AES256</SSEAlgorithm>'), [], [charged]],
  ['in another region, without a name', new Fault('BadRequest', '', 400), '', [], [/^warning: The bucket lake is in another region/]],
  ["under AWS's own key", 'eu-central-1', encryption('<SSEAlgorithm>aws:kms</SSEAlgorithm>'), [], [/^ok/]],
  ['under a customer-managed key', 'eu-central-1', under(key), [], [/^warning: The bucket lake is encrypted/]],
  [
    'under a customer-managed key, in another region',
    'us-west-2',
    under(inOregon(key)),
    [],
    [charged, /^warning: The bucket lake is encrypted/],
  ],
  ['under a key that the settings name, in another region', 'us-west-2', under(inOregon(key)), [inOregon(key)], [charged]],
  ['under a key of another account', 'eu-central-1', under(others), [], [/^warning: The bucket lake is encrypted .*999999999999:key/]],
  ['under a key that the settings name', 'eu-central-1', under(key), [key], [/^ok/]],
  ['under a key that the settings name, by its id', 'eu-central-1', under('1'), [key], [/^ok/]],
  ['under a key that the settings name, by its alias', 'eu-central-1', under('alias/lake'), [key], [/^ok/]],
  [
    "under a key that the settings name, by its alias's ARN",
    'eu-central-1',
    under('arn:aws:kms:eu-central-1:123456789012:alias/lake'),
    [key],
    [/^ok/],
  ],
  [
    'under a customer-managed key, by its id',
    'eu-central-1',
    under('1'),
    [],
    [new RegExp(`^warning: The bucket lake is encrypted .* ${key},`)],
  ],
])('a bucket that is %s', async (_, head, encrypted, keys, expected) => {
  const home = typeof head === 'string' ? head : 'eu-central-1';
  const answers: Answers = {
    'HEAD /lake': isIn(home, typeof head === 'string' ? '' : head),
    'GET /lake?encryption': isIn(home, encrypted),
    DescribeKey: (__, region) => ({ KeyMetadata: { KeyManager: 'CUSTOMER', Arn: key.replace('eu-central-1', region) } }),
  };
  const findings = inShort(await withAws(answers, (clients) => bucket(clients, 'lake', { ...here, keys })));
  expect(findings).toEqual(expected.map((one) => expect.stringMatching(one)));
});
