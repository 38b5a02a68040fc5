import { bucket, table } from '../../../lib/doctor/checks/data.ts';
import { Fault } from '../../support/aws-endpoint.ts';
import { inShort, withAws } from '../../support/doctor.ts';

const key = 'arn:aws:kms:eu-central-1:123456789012:key/1';
const here = { region: 'eu-central-1', keys: [] as string[] };
const ofCustomer = { KeyMetadata: { KeyManager: 'CUSTOMER' } };

it.each<[string, object, object, readonly string[], RegExp]>([
  ['there', { Table: { TableStatus: 'ACTIVE' } }, {}, [], /^ok/],
  ['missing', new Fault('ResourceNotFoundException'), {}, [], /^problem: There is no table orders in eu-central-1/],
  ['being made', { Table: { TableStatus: 'CREATING' } }, {}, [], /^warning: The table orders is CREATING/],
  [
    "under AWS's own key",
    { Table: { TableStatus: 'ACTIVE', SSEDescription: { KMSMasterKeyArn: key } } },
    { KeyMetadata: { KeyManager: 'AWS' } },
    [],
    /^ok/,
  ],
  [
    'under a key of its own',
    { Table: { TableStatus: 'ACTIVE', SSEDescription: { KMSMasterKeyArn: key } } },
    ofCustomer,
    [],
    /^warning: The table orders is encrypted/,
  ],
  [
    'under a key of another account',
    { Table: { TableStatus: 'ACTIVE', SSEDescription: { KMSMasterKeyArn: key } } },
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

const encryption = (inner: string) =>
  `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>${inner}</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`;
const own = encryption(`<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>${key}</KMSMasterKeyID>`);

it.each<[string, object | string, object | string, readonly string[], RegExp]>([
  ['there', '', encryption('<SSEAlgorithm>AES256</SSEAlgorithm>'), [], /^ok/],
  ['not encrypted by a rule', '', new Fault('ServerSideEncryptionConfigurationNotFoundError', 'none', 404), [], /^ok/],
  ['missing', new Fault('NotFound', '', 404), '', [], /^problem: There is no bucket lake/],
  [
    'in another region',
    new Fault('PermanentRedirect', '', 301, { 'x-amz-bucket-region': 'us-west-2' }),
    '',
    [],
    /^warning: The bucket lake is in us-west-2, and the deployment in eu-central-1/,
  ],
  ['in another region, without a name', new Fault('BadRequest', '', 400), '', [], /^warning: The bucket lake is in another region/],
  ["under AWS's own key", '', encryption('<SSEAlgorithm>aws:kms</SSEAlgorithm>'), [], /^ok/],
  ['under a key of its own', '', own, [], /^warning: The bucket lake is encrypted/],
  ['under a key that the settings name', '', own, [key], /^ok/],
])('a bucket that is %s', async (_, head, encrypted, keys, expected) => {
  const answers = { 'HEAD /lake': head, 'GET /lake?encryption': encrypted, DescribeKey: ofCustomer };
  const finding = await withAws(answers, (clients) => bucket(clients, 'lake', { ...here, keys }));
  expect(inShort(finding)[0]).toMatch(expected);
});
