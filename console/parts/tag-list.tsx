/** The tags of a job, each of which leads to the jobs that have it. */
import type { JSX } from 'preact';
import { hrefOf } from '../route/address.ts';

export function TagList({ tags }: { readonly tags: Readonly<Record<string, string>> }): JSX.Element {
  return (
    <span class="tags">
      {Object.entries(tags).map(([name, value]) => (
        <a key={name} class="tag" href={hrefOf('/jobs', { tag: `${name}:${value}` })} title={`Jobs with ${name}=${value}`}>
          {name}={value}
        </a>
      ))}
    </span>
  );
}
