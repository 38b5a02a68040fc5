/** When the console asks for news, and what that costs. */
import { computed, signal } from '@preact/signals';
import { usdAPoll, usdARecord } from './list-prices.ts';

export const shortestIntervalMs = 2_000;
export const longestIntervalMs = 15_000;

const pausedItem = 'delegation.console.paused';

export const isPaused = signal(localStorage.getItem(pausedItem) === 'true');
export const isHidden = signal(document.hidden);
/** The requests for news since the page was opened. */
export const polls = signal(0);
/** What they cost in a deployment so far. */
export const spentUsd = signal(0);
/** The pause before the next poll. */
export const intervalMs = signal(shortestIntervalMs);
export const isPolling = computed(() => !isPaused.value && !isHidden.value);

document.addEventListener('visibilitychange', () => {
  isHidden.value = document.hidden;
});

/** Counts a request for news. @param records of the list that it reads */
export function countPoll(records: number): void {
  polls.value = polls.peek() + 1;
  spentUsd.value = spentUsd.peek() + usdAPoll + records * usdARecord;
}

/** Stops or starts asking for news, in this and in later pages. */
export function setPaused(value: boolean): void {
  isPaused.value = value;
  localStorage.setItem(pausedItem, String(value));
}

/**
 * The pause before the next poll: short after a change, longer the longer nothing changes.
 * @param lastMs the pause before this poll
 */
export function nextIntervalMs(lastMs: number, hasChanged: boolean): number {
  return hasChanged ? shortestIntervalMs : Math.min(longestIntervalMs, Math.round(lastMs * 1.5));
}
