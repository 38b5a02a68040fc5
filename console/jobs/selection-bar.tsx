/** What can be done with the jobs that are selected, or with all that match. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { countText } from '../words/amounts.ts';
import type { JobFilter } from '../words/job-filter.ts';
import type { ListedJob } from './job-rows.ts';
import { MatchingForm } from './matching-form.tsx';
import { type Command, fitting, SelectedForm } from './selected-form.tsx';

export interface SelectionBarProps {
  readonly jobs: readonly ListedJob[];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: readonly string[], isSelected: boolean) => void;
  readonly filter: JobFilter;
  readonly openedAtMs: number;
  readonly onDone: () => void;
}

export function SelectionBar({ jobs, selected, onSelect, filter, openedAtMs, onDone }: SelectionBarProps): JSX.Element {
  const [command, setCommand] = useState<Command | null>(null);
  const [isMatching, setMatching] = useState(false);
  const chosen = jobs.filter(({ id }) => selected.has(id));
  const close = () => setCommand(null);
  const clear = () => {
    onSelect([...selected], false);
    setMatching(false);
  };
  const done = () => {
    clear();
    onDone();
  };
  const amountOf = (one: Command) => (isMatching ? '' : ` ${countText(fitting(chosen, one).length)}`);
  const canDo = (one: Command) => isMatching || fitting(chosen, one).length > 0;
  return (
    <div class="selection" role="toolbar" aria-label="Actions on several jobs">
      <span>
        {isMatching
          ? 'All jobs that match'
          : chosen.length === 0
            ? 'Select jobs to act on them, or'
            : `${countText(chosen.length)} selected`}
      </span>
      {!isMatching && (
        <button type="button" class="small" onClick={() => setMatching(true)}>
          Select all that match
        </button>
      )}
      {(isMatching || chosen.length > 0) && (
        <>
          <button type="button" class="small" disabled={!canDo('cancel')} onClick={() => setCommand('cancel')}>
            Cancel{amountOf('cancel')}…
          </button>
          <button type="button" class="small" disabled={!canDo('retry')} onClick={() => setCommand('retry')}>
            Retry{amountOf('retry')}…
          </button>
          <button type="button" class="small plain" onClick={clear}>
            Clear the selection
          </button>
        </>
      )}
      {command !== null && isMatching && (
        <MatchingForm command={command} filter={filter} openedAtMs={openedAtMs} onDone={done} onClose={close} />
      )}
      {command !== null && !isMatching && <SelectedForm command={command} jobs={fitting(chosen, command)} onDone={done} onClose={close} />}
    </div>
  );
}
