import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encryptionKey, otherKey, policyFindings } from '../../../../lib/doctor/checks/key.ts';
import { keyPolicyAllows } from '../../../../lib/doctor/key-policy.ts';
import { Fault } from '../../../support/aws-endpoint.ts';
import { inShort, target, withAws } from '../../../support/doctor-clients.ts';

const arn = 'arn:aws:kms:eu-central-1:123456789012:key/1';
const good = { KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' };
/** The policy in docs/security.md, for this account and region. */
const [documented = ''] =
  /^\{[\s\S]*?^\}/m.exec(
    readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'security.md'), 'utf8').split('```json\n')[1] ?? '',
  ) ?? [];

interface Statement {
  Action: string | string[];
  Condition?: object;
  Effect: string;
  Principal: Record<string, string>;
}
const statements = (): Statement[] => JSON.parse(documented).Statement;
const judged = (change: (all: Statement[]) => unknown) => {
  const all = statements();
  const changed = change(all);
  const Statement = Array.isArray(changed) ? changed : all;
  return policyFindings(JSON.stringify({ Statement }), target).map(({ status }) => status);
};

it('accepts the policy in the docs', () => expect(judged(() => undefined)).toEqual(['ok', 'ok', 'ok']));

it.each<[string, (all: Statement[]) => unknown, string[]]>([
  ["without the account's statement", (all) => all.slice(1), ['problem', 'ok', 'ok']],
  ['without that for logs', (all) => all.filter((_, i) => i !== 1), ['ok', 'problem', 'ok']],
  ['without that for alarms', (all) => all.slice(0, 2), ['ok', 'ok', 'problem']],
  [
    'for logs of another region',
    (all) => Object.assign(all[1] ?? {}, { Principal: { Service: 'logs.us-east-1.amazonaws.com' } }),
    ['ok', 'problem', 'ok'],
  ],
  [
    'for log groups of another account',
    (all) =>
      Object.assign(all[1] ?? {}, {
        Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:eu-central-1:999999999999:*' } },
      }),
    ['ok', 'problem', 'ok'],
  ],
  ['that lets alarms only decrypt', (all) => Object.assign(all[2] ?? {}, { Action: 'kms:Decrypt' }), ['ok', 'ok', 'problem']],
  [
    'that lets alarms do all',
    (all) => Object.assign(all[2] ?? {}, { Action: ['kms:Decrypt', 'kms:GenerateDataKey*'] }),
    ['ok', 'ok', 'ok'],
  ],
  ['that denies alarms', (all) => [...all, { ...all[2], Effect: 'Deny' }], ['ok', 'ok', 'problem']],
  [
    'for alarms of another account',
    (all) => Object.assign(all[2] ?? {}, { Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } }),
    ['ok', 'ok', 'problem'],
  ],
  [
    'with a condition that the doctor cannot evaluate',
    (all) => Object.assign(all[2] ?? {}, { Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '300' } } }),
    ['ok', 'ok', 'warning'],
  ],
  [
    'that asks for the account of the caller',
    (all) => Object.assign(all[0] ?? {}, { Condition: { StringEquals: { 'kms:CallerAccount': '123456789012' } } }),
    ['ok', 'ok', 'ok'],
  ],
  [
    'for callers of another account',
    (all) => Object.assign(all[0] ?? {}, { Condition: { StringEquals: { 'kms:CallerAccount': '999999999999' } } }),
    ['problem', 'ok', 'ok'],
  ],
  [
    'that asks for what roles may send',
    (all) => Object.assign(all[0] ?? {}, { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }),
    ['warning', 'ok', 'ok'],
  ],
  [
    'that asks for it only where it is sent',
    (all) => Object.assign(all[0] ?? {}, { Condition: { StringLikeIfExists: { 'kms:ViaService': 's3.*' } } }),
    ['warning', 'ok', 'ok'],
  ],
  [
    'that denies some of the roles',
    (all) => [
      ...all,
      { ...all[0], Effect: 'Deny', Principal: { AWS: '*' }, Condition: { StringEquals: { 'aws:PrincipalTag/team': 'x' } } },
    ],
    ['warning', 'ok', 'ok'],
  ],
  [
    'that writes the names of conditions in another case',
    (all) =>
      Object.assign(all[1] ?? {}, {
        Condition: { ArnLike: { 'KMS:encryptioncontext:AWS:logs:arn': 'arn:aws:logs:eu-central-1:123456789012:*' } },
      }),
    ['ok', 'ok', 'ok'],
  ],
])('judges a policy %s', (_, change, expected) => expect(judged(change)).toEqual(expected));

it('says that a condition on the account is proven only after the deploy', () => {
  const all = statements().map((one, i) =>
    i === 2 ? { ...one, Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } } } : one,
  );
  expect(policyFindings(JSON.stringify({ Statement: all }), target)[2]?.found).toMatch(/After the deploy, "alarm-path" shows/);
});

it('evaluates a single statement, wildcards, all principals, and IfExists', () => {
  const use = { principals: ['a.amazonaws.com'], action: 'kms:Decrypt', context: { k: 'v1' } };
  const allows = (statement: object) =>
    keyPolicyAllows(JSON.stringify({ Statement: { Effect: 'Allow', Action: 'kms:De*', Principal: '*', ...statement } }), use);
  expect(allows({})).toBe('allowed');
  expect(allows({ Principal: { AWS: '*' } })).toBe('allowed');
  expect(allows({ Principal: { Service: ['b.amazonaws.com', 'a.amazonaws.com'] } })).toBe('allowed');
  expect(allows({ Principal: { Service: 'b.amazonaws.com' } })).toBe('refused');
  expect(allows({ Action: 'kms:D?crypt' })).toBe('allowed');
  expect(allows({ Action: 'kms:Encrypt' })).toBe('refused');
  expect(allows({ Condition: { StringLike: { k: ['x', 'v?'] } } })).toBe('allowed');
  expect(allows({ Condition: { StringEquals: { other: 'x' } } })).toBe('refused');
  expect(allows({ Condition: { StringEqualsIfExists: { other: 'x' } } })).toBe('allowed');
  expect(allows({ NotPrincipal: { AWS: 'x' } })).toBe('unclear');
});

it.each<[string, object, string]>([
  ['disabled', { KeyMetadata: { ...good, KeyState: 'Disabled' } }, 'is not enabled (Disabled)'],
  ['about to be deleted', { KeyMetadata: { ...good, KeyState: 'PendingDeletion' } }, 'is not enabled (PendingDeletion)'],
  ['for signatures', { KeyMetadata: { ...good, KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' } }, 'is RSA_2048 for SIGN_VERIFY'],
  ['missing', new Fault('NotFoundException'), 'There is no key'],
])('reports a key that is %s', async (_, answer, expected) => {
  const findings = await withAws({ DescribeKey: answer }, ({ kms }) => encryptionKey(kms, arn, target));
  expect(findings.map(({ status }) => status)).toEqual(['problem']);
  expect(inShort(findings)[0]).toContain(expected);
});

it('reports a key of another region without a call', async () => {
  const findings = await withAws({}, ({ kms }) => encryptionKey(kms, arn.replace('eu-central-1', 'us-east-1'), target));
  expect(inShort(findings)[0]).toMatch(/is in us-east-1, and the deployment in eu-central-1/);
});

it('accepts a key that can be used', async () => {
  const answers = { DescribeKey: { KeyMetadata: good }, GetKeyPolicy: { Policy: documented } };
  const findings = await withAws(answers, ({ kms }) => encryptionKey(kms, arn, target));
  expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok']);
});

const elsewhere = arn.replace('eu-central-1', 'us-east-1');

it.each([
  ['Enabled', 'ok'],
  ['Disabled', 'problem'],
])('checks another key, in any region, that is %s', async (KeyState, status) => {
  const answers = { DescribeKey: { KeyMetadata: { ...good, KeyState } } };
  expect((await withAws(answers, (clients) => otherKey(clients, arn))).status).toBe(status);
  expect((await withAws(answers, (clients) => otherKey(clients, elsewhere))).status).toBe(status);
});

it('requires the key of a table or a volume to be in the region of the deployment', async () => {
  const answers = { DescribeKey: { KeyMetadata: good } };
  expect((await withAws(answers, (clients) => otherKey(clients, arn, target.region))).status).toBe('ok');
  expect(inShort(await withAws({}, (clients) => otherKey(clients, elsewhere, target.region)))[0]).toMatch(
    /^problem: .* is in us-east-1, and the deployment in eu-central-1/,
  );
});
