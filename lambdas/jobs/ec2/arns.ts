/** ARNs of EC2's resources, as patterns of a contract's permissions. */

export const ec2Arn = (resource: string) => `arn:{partition}:ec2:{region}:{account}:${resource}`;

/** ARN of a resource in any account: what another account shares with this one keeps its owner's ARN. @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html */
export const sharedArn = (resource: string) => `arn:{partition}:ec2:{region}:*:${resource}`;

/** ARN of an image or a snapshot, which names no account. */
export const ownerlessArn = (resource: string) => `arn:{partition}:ec2:{region}::${resource}`;
