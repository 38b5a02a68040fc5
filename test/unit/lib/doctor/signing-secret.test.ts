import { webhookSecret } from '../../../../lib/doctor/checks/signing-secret.ts';
import { Fault } from '../../../support/aws-endpoint.ts';
import { inShort, withAws } from '../../../support/doctor-clients.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:hooks-a1b2c3';
const one = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const other = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

const check = (answer: object) =>
  withAws({ GetSecretValue: answer }, async ({ secretsManager }) => {
    const finding = await webhookSecret(secretsManager, arn);
    expect(JSON.stringify(finding)).not.toContain('MfKQ9r8GKYqr');
    return inShort(finding);
  });

it.each<[string, object, string]>([
  ['one value', { SecretString: one }, `ok: The secret ${arn} signs webhooks.`],
  [
    'two values',
    { SecretString: `${other} ${one}`, CreatedDate: Date.UTC(2026, 10, 3) / 1000 },
    `warning: The secret ${arn} holds two values: a rotation that began on 2026-11-03 is not finished, and whoever has the old one can still sign.`,
  ],
  ['no value', { SecretString: ' ' }, `problem: The secret ${arn} holds no secret of webhooks.`],
  ['three values', { SecretString: `${one} ${other} ${one}` }, `problem: The secret ${arn} holds no secret of webhooks.`],
  ['a password', { SecretString: 'hunter2' }, `problem: The secret ${arn} holds no secret of webhooks.`],
  ['none', new Fault('ResourceNotFoundException'), `problem: There is no secret ${arn} with a value.`],
  ['one that is to be deleted', new Fault('InvalidRequestException'), `problem: The secret ${arn} is marked for deletion.`],
])('says of %s what is wrong, and never the value', async (_, answer, expected) => expect(await check(answer)).toEqual([expected]));

it('passes on that it may not read it', () => expect(check(new Fault('AccessDeniedException'))).rejects.toThrow());
