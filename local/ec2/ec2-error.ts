/** What EC2 answers when it does not do what it was asked. */
export class Ec2Error extends Error {
  override readonly name = 'Ec2Error';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
  get status(): number {
    return httpStatus(this.code);
  }
}

/** Missing capacity is a *server* error in EC2, so that the SDK itself tries again. @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const statusOfServerErrors: Readonly<Record<string, number>> = {
  InsufficientAddressCapacity: 500,
  InsufficientCapacity: 500,
  InsufficientHostCapacity: 500,
  InsufficientInstanceCapacity: 500,
  InsufficientReservedInstanceCapacity: 500,
  InsufficientVolumeCapacity: 500,
  InternalError: 500,
  InternalFailure: 500,
  UnfulfillableCapacity: 500,
  BandwidthLimitExceeded: 503,
  RequestLimitExceeded: 503,
  ServiceUnavailable: 503,
  Unavailable: 503,
};

function httpStatus(code: string): number {
  if (code === 'AuthFailure') return 401;
  if (code === 'UnauthorizedOperation') return 403;
  return statusOfServerErrors[code] ?? 400;
}

/** @returns what EC2 says with a code that was asked for through `/_control` */
export function faultMessage(code: string): string {
  const known: Readonly<Record<string, string>> = {
    InsufficientInstanceCapacity: 'There is no Spot or On-Demand capacity available that matches your request.',
    MaxSpotInstanceCountExceeded: 'Max spot instance count exceeded',
    RequestLimitExceeded: 'Request limit exceeded.',
    Unsupported: 'Your requested instance type is not supported in your requested Availability Zone.',
    InsufficientFreeAddressesInSubnet: 'The specified subnet does not have enough free addresses to satisfy the request.',
    OperationNotPermitted: "The instance may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
    UnauthorizedOperation: 'You are not authorized to perform this operation.',
    InternalError: 'An internal error has occurred',
  };
  return known[code] ?? `The local EC2 endpoint was set to answer ${code}.`;
}
