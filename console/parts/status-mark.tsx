/** The status of a job or a job type: a shape, a word and a colour, of which any one suffices. */
import type { JSX } from 'preact';

const shapes: Readonly<Record<string, JSX.Element>> = {
  scheduled: <path d="M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM8 5.5V8l1.8 1.2" />,
  queued: <path d="M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z" stroke-dasharray="2 2.2" />,
  running: <path class="solid" d="M5.5 3.5 12.5 8l-7 4.5z" />,
  waiting: <path d="M6 4.5v7M10 4.5v7" stroke-width="2.2" />,
  succeeded: <path d="M3.5 8.5 6.7 11.5 12.5 5" stroke-width="2" />,
  failed: <path d="M4.5 4.5l7 7M11.5 4.5l-7 7" stroke-width="2" />,
  cancelled: <path d="M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM4.9 11.1l6.2-6.2" />,
  active: <path class="solid" d="M5.5 3.5 12.5 8l-7 4.5z" />,
  paused: <path d="M6 4.5v7M10 4.5v7" stroke-width="2.2" />,
  draining: <path d="M8 3v6M5.5 7 8 9.5 10.5 7M4 12.5h8" />,
};

export function StatusMark({ status }: { readonly status: string }): JSX.Element {
  return (
    <span class={`status status-${status}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        {shapes[status] ?? shapes['queued']}
      </svg>
      {status}
    </span>
  );
}
