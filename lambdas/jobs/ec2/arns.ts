/** ARNs of EC2's resources, as patterns of a contract's permissions. */

export const ec2Arn = (resource: string) => `arn:{partition}:ec2:{region}:{account}:${resource}`;

/** Of any account, since what another account shares with this one keeps its owner's ARN. @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html */
export const sharedArn = (resource: string) => `arn:{partition}:ec2:{region}:*:${resource}`;

/** Of images and snapshots, whose ARNs name no account. */
export const ownerlessArn = (resource: string) => `arn:{partition}:ec2:{region}::${resource}`;
