/** A problem of the API where what was asked for would be. */
import type { JSX } from 'preact';
import type { Problem } from '../net/api-calls.ts';

export function ProblemNote({ problem, onRetry }: { readonly problem: Problem; readonly onRetry?: () => void }): JSX.Element {
  return (
    <div class="note note-bad" role="alert">
      <strong>{problem.title}</strong>
      <p>{problem.detail}</p>
      {problem.errors !== undefined && (
        <ul>
          {problem.errors.map(({ pointer, detail }) => (
            <li key={pointer + detail}>
              <code>{pointer}</code> {detail}
            </li>
          ))}
        </ul>
      )}
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
