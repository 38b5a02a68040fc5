/** An input that is being written: members are set and removed by path. */

export type Path = readonly string[];

/** @returns the value at the path; undefined where there is none */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, name) => (isMembers(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined), value);
}

/** @param member undefined removes it, and with it an object that becomes empty @returns a copy; what is not on the path is shared */
export function withValueAt(value: unknown, path: Path, member: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return member;
  const before: Readonly<Record<string, unknown>> = isMembers(value) ? value : {};
  const inner = withValueAt(before[name], rest, member);
  const { [name]: _old, ...others } = before;
  const isGone = inner === undefined || (rest.length > 0 && member === undefined && isMembers(inner) && Object.keys(inner).length === 0);
  // In its old place, so that the JSON beside the form does not jump.
  return isGone
    ? others
    : Object.fromEntries([
        ...Object.entries(before).map(([key, one]) => [key, key === name ? inner : one]),
        ...(Object.hasOwn(before, name) ? [] : [[name, inner]]),
      ]);
}

/** @returns the JSON Pointer of a member of the submission, as the API's problems have it */
export function pointerOf(path: Path): string {
  return `#/${path.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
}

/** @returns whether secrets were left out of what the API shows, so that it cannot be sent as it is */
export function hasRedactions(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('[redacted]');
  return typeof value === 'object' && value !== null && Object.values(value).some(hasRedactions);
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
