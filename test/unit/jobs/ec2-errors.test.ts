import { classify, isAboutPlacement, toJobError } from '../../../lambdas/jobs/launch-instances/ec2-errors.ts';

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
    ['OptInRequired', 400, 'refused'],
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
  ])('%s is told apart by its message: %s', (code, message, meaning) => expect(classify(answer(code, 400, message))).toBe(meaning));
});

it('ends a job with what cannot work, tries again what EC2 did not decide, and keeps its words and details', () => {
  const [final, open] = [toJobError(answer('InvalidAMIID.NotFound', 400), { tried: 1 }), toJobError(answer('InternalError', 500, ''))];
  expect(final).toMatchObject({ name: 'PermanentError', code: 'InvalidAMIID.NotFound', message: 'as EC2 says it', details: { tried: 1 } });
  expect(open).toMatchObject({ name: 'RetryableError', code: 'InternalError', message: 'InternalError' });
  expect(
    ['no-room', 'limit', 'bad-placement', 'throttled', 'refused', 'unknown'].map((meaning) => isAboutPlacement(meaning as never)),
  ).toEqual([true, true, true, true, false, false]);
});
