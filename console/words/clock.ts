/** The time that the screen shows relative times by. */
import { signal } from '@preact/signals';

/** Milliseconds; moves once a second while the page is visible. */
export const nowMs = signal(Date.now());

setInterval(() => {
  if (!document.hidden) nowMs.value = Date.now();
}, 1_000);
