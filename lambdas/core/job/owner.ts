/** Who jobs and schedules belong to: the caller, as the authentication names it. */

/** A key of DynamoDB's indexes holds the owner with up to 12 characters more, and takes 2,048 bytes. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const maxOwnerBytes = 2_000;

/** What `isOwner` asks for, for people. */
export const ownerRule = `1 to ${maxOwnerBytes} bytes of UTF-8`;

/** @returns whether a text may be the name of an owner; half of a surrogate pair would be kept as another character */
export function isOwner(text: string): boolean {
  return text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= maxOwnerBytes;
}
