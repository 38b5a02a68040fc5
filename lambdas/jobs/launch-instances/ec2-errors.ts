/** What EC2's error codes mean for a job. */
import { DelegationError, PermanentError, RetryableError } from '../../core/errors.ts';

export type Ec2Failure =
  /** EC2 refused before it looked at the request; an earlier call with the same token may still have had its effect. */
  | 'throttled'
  /** There is no room for it here now; another placement may have some. */
  | 'no-room'
  /** A limit of the account is reached, which ends when something else does; another type may have a limit of its own. */
  | 'limit'
  /** This type, this subnet, or the two together can never work; another placement may. */
  | 'bad-placement'
  /** The request is wrong, or not allowed. */
  | 'refused'
  /** Nobody knows what EC2 did: it failed, or its answer was not heard. */
  | 'unknown';

/**
 * The reviewed codes. What is not here is judged by its form, and by its HTTP status last.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
const codesByMeaning = {
  throttled: [
    ...['RequestLimitExceeded', 'EC2ThrottledException', 'BandwidthLimitExceeded', 'PriorRequestNotComplete', 'SlowDown'],
    ...['Throttling', 'ThrottlingException', 'ThrottledException', 'RequestThrottled', 'RequestThrottledException'],
    ...['TooManyRequestsException', 'LimitExceededException'],
    // The signature came too late or its credentials ran out: the next call has new ones.
    ...['RequestExpired', 'InvalidSecurity.RequestHasExpired', 'ExpiredToken', 'ExpiredTokenException'],
    // "Until the verification process is complete, you may not be able to carry out requests with this account."
    'PendingVerification',
  ],
  'no-room': [
    ...['InsufficientInstanceCapacity', 'InsufficientCapacity', 'InsufficientHostCapacity', 'InsufficientCapacityOnHost'],
    ...['InsufficientReservedInstanceCapacity', 'InsufficientReservedInstancesCapacity', 'InsufficientCapacityOnOutpost'],
    ...['InsufficientFreeAddressesInSubnet', 'InsufficientCidrBlocks', 'InsufficientAddressCapacity', 'InsufficientVolumeCapacity'],
    ...['UnfulfillableCapacity', 'SpotMaxPriceTooLow', 'ReservationCapacityExceeded', 'MaxScheduledInstanceCapacityExceeded'],
    ...['UnavailableHostRequirements', 'IncompatibleHostRequirements', 'ReservedInstancesUnavailable'],
  ],
  limit: [
    ...['InstanceLimitExceeded', 'VcpuLimitExceeded', 'ResourceLimitExceeded', 'HostLimitExceeded', 'AddressLimitExceeded'],
    ...['NetworkInterfaceLimitExceeded', 'VolumeLimitExceeded', 'MaxIOPSLimitExceeded'],
    ...['MaxSpotInstanceCountExceeded', 'MaxSpotFleetRequestCountExceeded', 'MaxFleetCountExceeded', 'RequestResourceCountExceeded'],
    ...['TargetCapacityLimitExceededException', 'CreditSpecificationUpdateInProgress'],
  ],
  'bad-placement': [
    ...['InvalidSubnetID.NotFound', 'InvalidSubnetID.Malformed', 'InvalidSubnet', 'InvalidSubnet.NotFound'],
    ...['InvalidInstanceType', 'InvalidInstanceFamily', 'InvalidAvailabilityZone', 'InvalidZone.NotFound', 'ZonesMismatch'],
    ...['Unsupported', 'UnsupportedOperation', 'UnsupportedHibernationConfiguration', 'UnsupportedInstanceTypeOnHost'],
    ...['VolumeTypeNotAvailableInZone', 'InvalidVolume.ZoneMismatch', 'InvalidVolumeID.ZoneMismatch'],
    ...['VPCResourceNotSpecified', 'EncryptedVolumesNotSupported'],
    // How many volumes, interfaces and addresses an instance may have goes by its type.
    ...['AttachmentLimitExceeded', 'PrivateIpAddressLimitExceeded', 'InvalidInterface.IpAddressLimitExceeded'],
  ],
  // Their names look like limits that end; they are faults of the request.
  refused: [
    ...['TagLimitExceeded', 'FilterLimitExceeded', 'ResourceCountExceeded', 'SecurityGroupLimitExceeded'],
    ...['SecurityGroupsPerInstanceLimitExceeded', 'SecurityGroupsPerInterfaceLimitExceeded', 'LimitPriceExceeded'],
  ],
  // These come with a client error's status, or one of their own; whether the launch was made is open.
  unknown: ['InternalError', 'InternalFailure', 'Unavailable', 'ServiceUnavailable', 'RequestTimeout', 'RequestTimeoutException'],
} as const satisfies Record<Ec2Failure, readonly string[]>;

const meanings = new Map<string, Ec2Failure>(
  Object.entries(codesByMeaning).flatMap(([meaning, codes]) => codes.map((code) => [code, meaning as Ec2Failure])),
);

/** What one code says of several things, its message tells apart. */
const byMessage: readonly { readonly code: RegExp; readonly message: RegExp; readonly meaning: Ec2Failure }[] = [
  // As AWS explains in https://github.com/cilium/cilium/pull/31016: a full subnet is answered so, too.
  { code: /^InvalidParameterValue$/, message: /sufficient free .*(addresses|prefixes)/i, meaning: 'no-room' },
  // A type that does not exist, or does not fit the image.
  { code: /^InvalidParameter/, message: /\bInstanceType\b|\binstance type\b|architecture/i, meaning: 'bad-placement' },
  // A subnet of another VPC than the template's security groups.
  { code: /^Invalid(Parameter|Group)/, message: /belong to different networks/i, meaning: 'bad-placement' },
];

/** By the form that EC2 gives its codes, for those that it adds. */
const byForm: readonly { readonly code: RegExp; readonly meaning: Ec2Failure }[] = [
  { code: /^Insufficient\w*(Capacity|Addresses|CidrBlocks)/, meaning: 'no-room' },
  { code: /^Unsupported/, meaning: 'bad-placement' },
  { code: /LimitExceeded(Exception)?$/, meaning: 'limit' },
];

/** @param error what the SDK threw */
export function classify(error: unknown): Ec2Failure {
  const { name, message } = error as Error;
  const known =
    byMessage.find((one) => one.code.test(name) && one.message.test(message))?.meaning ??
    meanings.get(name) ??
    byForm.find(({ code }) => code.test(name))?.meaning;
  if (known !== undefined) return known;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 ? 'refused' : 'unknown';
}

/** @returns whether another placement may still work, now or later */
export function isAboutPlacement(failure: Ec2Failure): failure is 'no-room' | 'limit' | 'bad-placement' | 'throttled' {
  return failure !== 'refused' && failure !== 'unknown';
}

/** @returns the error that the job is to fail or to be tried again with, in EC2's own words */
export function toJobError(error: unknown, details?: Readonly<Record<string, unknown>>): DelegationError {
  if (error instanceof DelegationError) return error;
  const { name, message } = error as Error;
  const options = { code: name, cause: error, ...(details === undefined ? {} : { details }) };
  const isFinal = ['refused', 'bad-placement'].includes(classify(error));
  return isFinal ? new PermanentError(message || name, options) : new RetryableError(message || name, options);
}

/** Runs a call to EC2, and throws what it throws as the job's error: why the job was told to stop, if it was. */
export async function callEc2<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    signal.throwIfAborted();
    throw toJobError(error);
  }
}
