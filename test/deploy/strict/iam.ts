/** Where IAM is stricter than the emulator. */
import { type Rule, type StrictAnswer, type StrictRequest, xmlAnswer } from './rule.ts';

const quotas = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html';

/** In characters, white space not counted. */
export const maxInlinePolicies = 10_240;
export const maxManagedPolicy = 6_144;
export const maxTrustPolicy = 2_048;
export const maxAttachedPolicies = 10;
export const maxRoleName = 64;

/** A rule on one parameter of some actions. */
const onParameter = (
  name: string,
  actions: readonly string[],
  parameter: string,
  code: string,
  isRefused: (value: string) => boolean,
): Rule => ({
  name,
  source: quotas,
  service: 'iam',
  request(request) {
    const parameters = parametersOf(request);
    const value = parameters.get(parameter);
    return actions.includes(parameters.get('Action') ?? '') && value !== null && isRefused(value) ? refusal(code, name) : undefined;
  },
});

export const iamRules: readonly Rule[] = [
  onParameter(
    'a role name of more than 64 characters, or with others than letters, digits and _+=,.@-',
    ['CreateRole'],
    'RoleName',
    'ValidationError',
    (name) => !/^[\w+=,.@-]{1,64}$/.test(name),
  ),
  onParameter(
    'a trust policy of more than 2,048 characters',
    ['CreateRole', 'UpdateAssumeRolePolicy'],
    'AssumeRolePolicyDocument',
    'LimitExceeded',
    (document) => policySize(document) > maxTrustPolicy,
  ),
  onParameter(
    'a policy name that is not 1 to 128 characters of letters, digits and _+=,.@-',
    ['PutRolePolicy', 'CreatePolicy'],
    'PolicyName',
    'ValidationError',
    (name) => !/^[\w+=,.@-]{1,128}$/.test(name),
  ),
  onParameter(
    'inline policies of a role of more than 10,240 characters',
    ['PutRolePolicy'],
    'PolicyDocument',
    'LimitExceeded',
    (document) => policySize(document) > maxInlinePolicies,
  ),
  onParameter(
    'a managed policy of more than 6,144 characters',
    ['CreatePolicy', 'CreatePolicyVersion'],
    'PolicyDocument',
    'LimitExceeded',
    (document) => policySize(document) > maxManagedPolicy,
  ),
];

/** White space outside of strings does not count. */
export function policySize(document: string): number {
  return JSON.stringify(JSON.parse(document)).length;
}

function parametersOf({ body }: StrictRequest): URLSearchParams {
  return new URLSearchParams(body.toString());
}

function refusal(code: string, what: string): StrictAnswer {
  const status = code === 'LimitExceeded' ? 409 : 400;
  return xmlAnswer(
    status,
    `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>${code}</Code><Message>Refused: ${what}.</Message></Error><RequestId>0</RequestId></ErrorResponse>`,
    { 'content-type': 'text/xml' },
  );
}
