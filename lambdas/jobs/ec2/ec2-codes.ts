/**
 * EC2's error codes by what they mean for a job: those that it publishes for RunInstances, DescribeInstances, DescribeInstanceStatus,
 * TerminateInstances and the tags on create, and some that it answers without publishing them.
 * docs/ec2-errors.md has the published ones, also those of other calls; a test compares.
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html read in November 2026
 */

/** What a code means. */
export type Ec2Failure =
  /** EC2 refused before it looked at the request; an earlier call with the same token may still have had its effect. */
  | 'throttled'
  /** There is no capacity here now; another placement may have some. */
  | 'no-room'
  /** A limit of the account is reached until something else ends; another type may have a limit of its own. */
  | 'limit'
  /** This type, this subnet, or the two together can never work; another placement may. */
  | 'bad-placement'
  /** The request is wrong, or not allowed. */
  | 'refused'
  /** The effect is unknown: EC2 failed, or its response was lost. */
  | 'unknown';

const codesByMeaning = {
  // "Until the verification process is complete, you may not be able to carry out requests": new accounts and regions, for minutes to hours.
  // A signature that came too late or whose credentials ran out: the next call has new ones.
  throttled: `
    BandwidthLimitExceeded ConcurrentTagAccess EC2ThrottledException ExpiredToken ExpiredTokenException
    InvalidSecurity.RequestHasExpired LimitExceededException OptInRequired PendingVerification PriorRequestNotComplete RequestExpired
    RequestLimitExceeded RequestThrottled RequestThrottledException SlowDown ThrottledException Throttling ThrottlingException
    TooManyRequestsException`,
  'no-room': `
    IncompatibleHostRequirements InsufficientAddressCapacity InsufficientCapacity InsufficientCapacityOnHost
    InsufficientCapacityOnOutpost InsufficientCidrBlocks InsufficientFreeAddressesInSubnet InsufficientHostCapacity
    InsufficientInstanceCapacity InsufficientReservedInstanceCapacity InsufficientVolumeCapacity
    InvalidCapacityReservationState.PendingActivation InvalidHostState MaxScheduledInstanceCapacityExceeded
    ReservationCapacityExceeded SpotMaxPriceTooLow UnavailableHostRequirements UnfulfillableCapacity`,
  limit: `
    AddressLimitExceeded CreditSpecificationUpdateInProgress HostLimitExceeded InstanceLimitExceeded MaxFleetCountExceeded
    MaxIOPSLimitExceeded MaxSpotInstanceCountExceeded NetworkInterfaceLimitExceeded RequestResourceCountExceeded ResourceLimitExceeded
    VcpuLimitExceeded VolumeLimitExceeded`,
  // How many volumes, interfaces and addresses an instance may have depends on its type.
  // Without the account's role for Spot there are no Spot instances; on demand may work. https://github.com/aws/karpenter-provider-aws/pull/7998
  'bad-placement': `
    AttachmentLimitExceeded AuthFailure.ServiceLinkedRoleCreationNotPermitted EncryptedVolumesNotSupported
    InstanceCreditSpecification.NotSupported InvalidAvailabilityZone InvalidInstanceFamily InvalidInstanceType
    InvalidInterface.IpAddressLimitExceeded InvalidSubnet InvalidSubnet.NotFound InvalidSubnetID.Malformed InvalidSubnetId.NotFound
    InvalidSubnetID.NotFound InvalidVolume.ZoneMismatch InvalidVolumeID.ZoneMismatch InvalidZone.NotFound
    PrivateIpAddressLimitExceeded Unsupported UnsupportedHibernationConfiguration UnsupportedHostConfiguration
    UnsupportedInstanceTypeOnHost UnsupportedOperation UnsupportedTenancy VolumeTypeNotAvailableInZone VPCResourceNotSpecified
    ZonesMismatch ZonesMismatched`,
  // Some names look like limits that end or like a matter of the type; they are faults of the request.
  refused: `
    AccountDisabled AuthFailure Blocked BootForVolumeTypeUnsupported ClientInvalidParameterValue CustomerKeyHasBeenRevoked
    DefaultVpcDoesNotExist FilterLimitExceeded IdempotentParameterMismatch IncompleteSignature IncorrectInstanceState IncorrectState
    InvalidAction InvalidAffinity InvalidAMIID.Malformed InvalidAMIID.NotFound InvalidAMIID.Unavailable InvalidBlockDeviceMapping
    InvalidCapacityReservationId.Malformed InvalidCapacityReservationId.NotFound InvalidCharacter InvalidClientToken
    InvalidClientTokenId InvalidCpuCredits InvalidCpuCredits.Malformed InvalidElasticGpuID.Malformed InvalidElasticGpuID.NotFound
    InvalidFilter InvalidGroup.NotFound InvalidGroupId.Malformed InvalidHostConfiguration InvalidHostId InvalidHostId.Malformed
    InvalidHostID.Malformed InvalidHostId.NotFound InvalidHostID.NotFound InvalidIamInstanceProfileArn.Malformed InvalidID
    InvalidInput InvalidInstanceID InvalidInstanceID.Malformed InvalidInstanceID.NotFound InvalidInstanceState InvalidIPAddress.InUse
    InvalidKernelId.Malformed InvalidKeyPair.NotFound InvalidLaunchTargets InvalidLaunchTemplateId.Malformed
    InvalidLaunchTemplateId.NotFound InvalidLaunchTemplateId.VersionNotFound InvalidLaunchTemplateName.MalformedException
    InvalidLaunchTemplateName.NotFoundException InvalidManifest InvalidMaxResults InvalidNetworkInterface.InUse
    InvalidNetworkInterface.NotFound InvalidNetworkInterfaceId.Malformed InvalidNetworkInterfaceID.NotFound InvalidParameter
    InvalidParameterCombination InvalidParameterDependency InvalidParameterValue InvalidPlacementGroup.Unknown
    InvalidPlacementGroupId.Malformed InvalidProductInfo InvalidQueryParameter InvalidRamDiskId.Malformed InvalidRequest
    InvalidResourceType.Unknown InvalidSecurityGroupId.Malformed InvalidSecurityGroupID.NotFound InvalidSnapshot.NotFound
    InvalidSnapshotID.Malformed InvalidState InvalidTagKey.Malformed InvalidTenancy MalformedQueryString MissingAction
    MissingAuthenticationToken MissingInput MissingParameter NoSuchVersion OperationNotPermitted Resource.AlreadyAssigned
    Resource.AlreadyAssociated ResourceCountExceeded SecurityGroupLimitExceeded SecurityGroupsPerInstanceLimitExceeded
    SecurityGroupsPerInterfaceLimitExceeded SignatureDoesNotMatch TagLimitExceeded TagPolicyViolation UnauthorizedOperation
    UnknownParameter UnknownVolumeType UnsupportedException UnsupportedInstanceAttribute UnsupportedProtocol ValidationError
    VolumeIOPSLimit VPCIdNotSpecified`,
  // These come with a client error's status, or one of their own; whether the launch was made is open.
  // The token of a page ran out: the whole list is read again. `IdempotentInstanceTerminated` is handled where it is met.
  unknown: `
    IdempotentInstanceTerminated InternalError InternalFailure InvalidNextToken InvalidPaginationToken RequestTimeout
    RequestTimeoutException RetryableError ServerInternal ServiceUnavailable Unavailable`,
} as const satisfies Record<Ec2Failure, string>;

/** Each reviewed code, and what it means unless its message says more. */
export const reviewedCodes: ReadonlyMap<string, Ec2Failure> = new Map(
  Object.entries(codesByMeaning).flatMap(([meaning, codes]) =>
    codes
      .trim()
      .split(/\s+/)
      .map((code) => [code, meaning as Ec2Failure]),
  ),
);
