/** Decodes what may be written by anyone, and so never throws. @returns a part of a path without its percent signs; unchanged where they are not an encoding, as in a text that somebody wrote */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
