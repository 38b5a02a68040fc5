import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reviewedCodes } from '../../../../lambdas/jobs/ec2/ec2-codes.ts';
import { classify, isAboutPlacement, toJobError } from '../../../../lambdas/jobs/ec2/ec2-errors.ts';
import { wasTakenBack } from '../../../../lambdas/jobs/launch-instances/readiness.ts';

const answer = (name: string, httpStatusCode: number | undefined, message = 'as EC2 says it') =>
  Object.assign(new Error(message), { name, ...(httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } }) });

describe('what an answer of EC2 means', () => {
  it.each([
    ['InsufficientInstanceCapacity', 500, 'no-room'],
    ['InsufficientAddressCapacity', 500, 'no-room'],
    ['InsufficientVolumeCapacity', 500, 'no-room'],
    ['InsufficientHostCapacity', 500, 'no-room'],
    ['InsufficientReservedInstanceCapacity', 500, 'no-room'],
    ['InsufficientFreeAddressesInSubnet', 400, 'no-room'],
    ['InsufficientCapacityOnOutpost', 400, 'no-room'],
    ['SpotMaxPriceTooLow', 400, 'no-room'],
    ['UnfulfillableCapacity', 500, 'no-room'],
    ['ReservationCapacityExceeded', 400, 'no-room'],
    ['InsufficientSomethingNewCapacity', 400, 'no-room'],
    ['InstanceLimitExceeded', 400, 'limit'],
    ['VcpuLimitExceeded', 400, 'limit'],
    ['NetworkInterfaceLimitExceeded', 400, 'limit'],
    ['VolumeLimitExceeded', 400, 'limit'],
    ['MaxIOPSLimitExceeded', 400, 'limit'],
    ['AddressLimitExceeded', 400, 'limit'],
    ['MaxSpotInstanceCountExceeded', 400, 'limit'],
    ['SomethingNewLimitExceeded', 400, 'limit'],
    ['RequestLimitExceeded', 503, 'throttled'],
    ['Throttling', 400, 'throttled'],
    ['PendingVerification', 400, 'throttled'],
    ['ExpiredToken', 400, 'throttled'],
    ['InvalidSubnetID.NotFound', 400, 'bad-placement'],
    ['InvalidInstanceType', 400, 'bad-placement'],
    ['Unsupported', 400, 'bad-placement'],
    ['VolumeTypeNotAvailableInZone', 400, 'bad-placement'],
    ['AttachmentLimitExceeded', 400, 'bad-placement'],
    ['InvalidAMIID.NotFound', 400, 'refused'],
    ['InvalidParameterValue', 400, 'refused'],
    ['UnauthorizedOperation', 403, 'refused'],
    ['AuthFailure', 401, 'refused'],
    ['AuthFailure.ServiceLinkedRoleCreationNotPermitted', 403, 'bad-placement'],
    ['OptInRequired', 400, 'throttled'],
    ['Client.InsufficientFreeAddressesInSubnet', 400, 'no-room'],
    ['KMSKeyNotAccessibleFault', 400, 'refused'],
    ['KMSThrottlingException', 400, 'throttled'],
    ['Blocked', 400, 'refused'],
    ['TagLimitExceeded', 400, 'refused'],
    ['ResourceCountExceeded', 400, 'refused'],
    ['SomethingNew', 400, 'refused'],
    ['InternalError', 500, 'unknown'],
    ['InternalError', 400, 'unknown'],
    ['ServiceUnavailable', 503, 'unknown'],
    ['SomethingNew', 500, 'unknown'],
    ['TimeoutError', undefined, 'unknown'],
    ['ECONNRESET', undefined, 'unknown'],
  ])('%s with status %s: %s', (code, status, meaning) => expect(classify(answer(code, status))).toBe(meaning));

  it.each([
    ['InvalidParameterValue', "Invalid value 't9.huge' for InstanceType.", 'bad-placement'],
    [
      'InvalidParameterValue',
      "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of the specified AMI.",
      'bad-placement',
    ],
    ['InvalidParameter', 'Security group sg-1 and subnet subnet-1 belong to different networks.', 'bad-placement'],
    ['InvalidParameterValue', "There aren't sufficient free Ipv4 addresses or prefixes", 'no-room'],
    ['InvalidParameterValue', 'Value (x) for parameter groupId is invalid.', 'refused'],
    [
      'InvalidParameterValue',
      'You cannot specify tags for Spot instances requests if there are no Spot instances requests being created by the request.',
      'bad-placement',
    ],
    ['InvalidGroup.NotFound', "The security group 'sg-1' does not exist in VPC 'vpc-2'", 'bad-placement'],
    ['InvalidGroup.NotFound', "The security group 'sg-1' does not exist", 'refused'],
    ['InvalidParameterValue', 'Value (web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name', 'unknown'],
    [
      'InvalidParameterValue',
      'IAM Instance Profile "arn:aws:iam::123456789012:instance-profile/web" has no associated IAM Roles',
      'unknown',
    ],
    ['OptInRequired', 'You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe.', 'throttled'],
    [
      'OptInRequired',
      'In order to use this AWS Marketplace product you need to accept terms and subscribe. To do so please visit https://aws.amazon.com/marketplace/pp?sku=x',
      'refused',
    ],
  ])('the meaning of %s depends on its message: %s', (code, message, meaning) =>
    expect(classify(answer(code, 400, message))).toBe(meaning),
  );
});

describe('the codes that EC2 publishes', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'ec2-errors.md'), 'utf8');
  const actions = new Map(
    [...page.matchAll(/^\| `([a-z-]+)` \| [^|]+ \| ([^|]+) \|/gm)].map(([, meaning = '', action = '']) => [meaning, action]),
  );
  const rows = [...page.matchAll(/^\| `([\w.]+)` \| (\w+) \| `([a-z-]+)` \| ([^|]+) \|$/gm)].map(
    ([, code = '', kind = '', meaning = '', action = '']) => [code, kind, meaning, action] as const,
  );
  const reasons = [...page.matchAll(/^\| `((?:Server|Client)\.[\w.]+)` \| (replaced|fails) \| (replaced|fails) \|$/gm)].map(
    ([, code = '', onDemand = '', spot = '']) => [code, onDemand, spot] as const,
  );
  const others = [...page.slice(page.indexOf('## Codes of other calls')).matchAll(/`([\w.]+)`/g)].map(([, code = '']) => code);

  it('are each in the table or among those of other calls, once', () => {
    const all = [...rows.map(([code]) => code), ...others];
    expect(new Set(all).size).toBe(all.length);
    // As many as the page of AWS had when it was read; that one repeats InvalidParameterValue and InvalidSnapshot.NotFound.
    const [, common, client, server] =
      /(\d+) common client errors, (\d+) client errors of certain actions, (\d+) server errors/.exec(page) ?? [];
    expect(all.length).toBe(Number(common) + Number(client) + Number(server));
    expect(rows.filter(([, kind]) => kind === 'server').map(([code]) => code)).toHaveLength(Number(server));
  });

  it.each(rows)('%s (%s) means %s with any status', (code, _kind, meaning, action) => {
    expect(reviewedCodes.get(code)).toBe(meaning);
    for (const status of [400, 403, 500, 503, undefined]) expect(classify(answer(code, status))).toBe(meaning);
    expect(actions.get(meaning)).toBe(action);
  });

  it.each(reasons)('an instance that ends with %s is, on demand and Spot: %s, %s', (Code, onDemand, spot) => {
    const outcome = (instance: object) =>
      wasTakenBack({ StateReason: { Code, Message: `${Code}: as EC2 says it` }, ...instance }) ? 'replaced' : 'fails';
    expect([outcome({}), outcome({ InstanceLifecycle: 'spot' })]).toEqual([onDemand, spot]);
  });

  it('has a row for each state reason of the SDK’s model', () => {
    const models = join(__dirname, '..', '..', '..', '..', 'node_modules', '@aws-sdk', 'client-ec2', 'dist-types', 'models');
    const text = readdirSync(models).map((file) => readFileSync(join(models, file), 'utf8'));
    const published = text.flatMap((file) =>
      [...file.matchAll(/<code>((?:Server|Client)\.[\w.]+)<\/code>: /g)].map(([, code = '']) => code),
    );
    expect(published.length).toBeGreaterThan(8);
    expect(reasons.map(([code]) => code).sort()).toEqual([...new Set(published)].sort());
  });

  it('of other calls have no place in the code', () => expect(others.filter((code) => reviewedCodes.has(code))).toEqual([]));
});

describe('what EC2’s own words do not say', () => {
  it('keeps the encoded message whole, apart from the text, and says how it is read', () => {
    const encoded = 'x'.repeat(3_000);
    const said = 'You are not authorized to perform this operation. User: a is not authorized to perform: ec2:CreateTags.';
    const error = toJobError(answer('UnauthorizedOperation', 403, `${said} Encoded authorization failure message: ${encoded}`));
    expect(error).toMatchObject({ name: 'PermanentError', code: 'UnauthorizedOperation', details: { encodedMessage: encoded } });
    expect(error.message).toMatch(/^You are not authorized .* ec2:CreateTags\. .*aws sts decode-authorization-message/);
    expect(error.message.length).toBeLessThan(500);
  });

  it.each([
    [
      'OperationNotPermitted',
      "The instance 'i-1' may not be terminated. Modify its 'disableApiTermination' instance attribute.",
      'protection',
    ],
    ['AuthFailure.ServiceLinkedRoleCreationNotPermitted', 'The provided credentials do not have permission', 'create-service-linked-role'],
    ['CustomerKeyHasBeenRevoked', 'The KMS key cannot be accessed.', 'ec2.volumeKeys'],
    ['InvalidRequest', 'not authorized to perform: kms:CreateGrant', 'ec2.volumeKeys'],
  ])('%s: %s', (code, message, advice) => {
    const error = toJobError(answer(code, 400, message));
    expect(error.message).toMatch(new RegExp(`^${message.replaceAll(/[.']/g, '.')}\\.? .*${advice}`));
  });
});

it('ends a job with what cannot work, tries again what EC2 did not decide, and keeps its words and details', () => {
  const [final, open] = [toJobError(answer('InvalidAMIID.NotFound', 400), { tried: 1 }), toJobError(answer('InternalError', 500, ''))];
  expect(final).toMatchObject({ name: 'PermanentError', code: 'InvalidAMIID.NotFound', message: 'as EC2 says it', details: { tried: 1 } });
  expect(open).toMatchObject({ name: 'RetryableError', code: 'InternalError', message: 'InternalError' });
  expect(
    ['no-room', 'limit', 'bad-placement', 'throttled', 'refused', 'unknown'].map((meaning) => isAboutPlacement(meaning as never)),
  ).toEqual([true, true, true, true, false, false]);
});
