/** The whole page where the console cannot start: what is wrong, and what to do. */
import type { JSX } from 'preact';
import { asProblem } from './net/api-calls.ts';

export function StartFailure({ error }: { readonly error: unknown }): JSX.Element {
  const { title, detail } = asProblem(error);
  return (
    <main class="boot">
      <h1>The console cannot start</h1>
      <p role="alert">{detail === '' ? title : detail}</p>
      <button type="button" class="primary" onClick={() => location.reload()}>
        Try again
      </button>
    </main>
  );
}
