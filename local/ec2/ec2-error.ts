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
function httpStatus(code: string): number {
  if (['RequestLimitExceeded', 'Unavailable', 'ServiceUnavailable', 'BandwidthLimitExceeded'].includes(code)) return 503;
  if (/^Insufficient.*Capacity/.test(code) || ['InternalError', 'InternalFailure', 'UnfulfillableCapacity'].includes(code)) return 500;
  if (code === 'AuthFailure') return 401;
  return code === 'UnauthorizedOperation' ? 403 : 400;
}

/** @returns what EC2 says with a code that was asked for through `/_control` */
export function faultMessage(code: string): string {
  const known: Readonly<Record<string, string>> = {
    InsufficientInstanceCapacity: 'There is no Spot or On-Demand capacity available that matches your request.',
    MaxSpotInstanceCountExceeded: 'Max spot instance count exceeded',
    RequestLimitExceeded: 'Request limit exceeded.',
    Unsupported: 'Your requested instance type is not supported in your requested Availability Zone.',
    UnauthorizedOperation: 'You are not authorized to perform this operation.',
    InternalError: 'An internal error has occurred',
  };
  return known[code] ?? `The local EC2 endpoint was told to answer ${code}.`;
}
