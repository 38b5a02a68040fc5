/** What the console says about what just happened: to everyone on the screen, and to screen readers in a live region. */
import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { asProblem } from '../net/api-calls.ts';
import { Icon } from './icon.tsx';

interface Notice {
  readonly id: number;
  readonly kind: 'done' | 'refused';
  readonly text: ComponentChildren;
}

const notices = signal<readonly Notice[]>([]);
const announced = signal('');
let lastId = 0;
/** Refusals stay until they are closed, since they say what to do. */
const shownMs = 8_000;

/** Says that something was done. */
export function say(text: ComponentChildren): void {
  const id = add('done', text);
  setTimeout(() => close(id), shownMs);
}

/** Says why something was refused. The screen stays as it is. */
export function sayRefusal(what: string, error: unknown): void {
  const { title, detail } = asProblem(error);
  add('refused', `${what}: ${detail === '' ? title : detail}`);
}

/** Lets screen readers know of a change that is plain to see. */
export function announce(text: string): void {
  announced.value = text;
}

function add(kind: Notice['kind'], text: ComponentChildren): number {
  lastId += 1;
  notices.value = [...notices.peek().slice(-3), { id: lastId, kind, text }];
  return lastId;
}

function close(id: number): void {
  notices.value = notices.peek().filter((notice) => notice.id !== id);
}

export function Notices(): JSX.Element {
  return (
    <>
      <div class="notices" role="status" aria-live="polite">
        {notices.value.map(({ id, kind, text }) => (
          <div key={id} class={`notice notice-${kind}`}>
            <span class="grow">{text}</span>
            <button type="button" class="plain" onClick={() => close(id)}>
              <Icon name="close" />
              <span class="unseen">Close this notice</span>
            </button>
          </div>
        ))}
      </div>
      <div class="unseen" role="log" aria-live="polite">
        {announced.value}
      </div>
    </>
  );
}
