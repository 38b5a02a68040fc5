/** Whether and how often the screen asks for news, and what that costs. */
import type { JSX } from 'preact';
import { intervalMs, isPaused, polls, setPaused, spentUsd } from '../net/polling.ts';
import { session } from '../net/session.ts';
import { countText, usdText } from '../words/amounts.ts';
import { Icon } from './icon.tsx';

export function RefreshControl(): JSX.Element {
  return (
    <div class="refresh">
      <button type="button" class="small" aria-pressed={isPaused.value} onClick={() => setPaused(!isPaused.value)}>
        <Icon name={isPaused.value ? 'play' : 'pause'} />
        {isPaused.value ? 'Resume updates' : 'Pause updates'}
      </button>
      <p class="soft">
        {isPaused.value ? 'Updates are paused.' : `Asks every ${Math.round(intervalMs.value / 1000)} s, not while hidden.`}{' '}
        {costText(polls.value, spentUsd.value)}
      </p>
    </div>
  );
}

function costText(count: number, usd: number): string {
  const asked = `${countText(count)} ${count === 1 ? 'request' : 'requests'}`;
  return session().config.isLocal ? `${asked} so far, free here.` : `${asked} so far, about ${usdText(usd)}.`;
}
