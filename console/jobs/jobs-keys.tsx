/** The keys of the jobs screen. They are single characters, so they can be switched off (WCAG 2.1.4). */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { mayWrite } from '../net/session.ts';
import { Icon } from '../parts/icon.tsx';
import { Modal } from '../parts/modal.tsx';
import type { ListedJob } from './job-rows.ts';
import { type Command, fitting, SelectedForm } from './selected-form.tsx';

const item = 'delegation.console.keys';
const areOn = signal(localStorage.getItem(item) !== 'off');

const help = [
  ['/', 'write a filter'],
  ['j, k', 'next row, row before'],
  ['Enter', 'open the job'],
  ['x', 'select it'],
  ['c', 'cancel what is selected, or this job'],
  ['r', 'retry what is selected, or this job'],
  ['?', 'show these keys'],
] as const;

export interface JobKeysProps {
  readonly jobs: readonly ListedJob[];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: readonly string[], isSelected: boolean) => void;
  readonly onDone: () => void;
}

/** Listens while the screen is there. @returns the dialogs that the keys open, and the button that shows the keys */
export function useJobKeys({ jobs, selected, onSelect, onDone }: JobKeysProps): JSX.Element {
  const [asked, setAsked] = useState<{ readonly command: Command; readonly jobs: readonly ListedJob[] } | null>(null);
  const [isHelpOpen, setHelpOpen] = useState(false);
  useEffect(() => {
    const ask = (command: Command) => {
      const current = focusedId();
      const chosen = jobs.filter(({ id }) => (selected.size > 0 ? selected.has(id) : id === current));
      const fit = fitting(chosen, command);
      if (fit.length > 0 && mayWrite()) setAsked({ command, jobs: fit });
    };
    const actions: Readonly<Record<string, () => void>> = {
      '/': () => document.getElementById('filter')?.focus(),
      '?': () => setHelpOpen(true),
      j: () => moveFocus(1),
      k: () => moveFocus(-1),
      x: () => {
        const id = focusedId();
        if (id !== undefined && mayWrite()) onSelect([id], !selected.has(id));
      },
      c: () => ask('cancel'),
      r: () => ask('retry'),
    };
    const onKey = (event: KeyboardEvent) => {
      const act = isForKeys(event) ? actions[event.key] : undefined;
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [jobs, selected, onSelect]);
  return (
    <>
      <p class="key-hint">
        <button type="button" class="small plain" onClick={() => setHelpOpen(true)}>
          <Icon name="keyboard" />
          Keys
        </button>
      </p>
      {isHelpOpen && <KeyHelp onClose={() => setHelpOpen(false)} />}
      {asked !== null && <SelectedForm command={asked.command} jobs={asked.jobs} onDone={onDone} onClose={() => setAsked(null)} />}
    </>
  );
}

function KeyHelp({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const set = (isOn: boolean) => {
    areOn.value = isOn;
    localStorage.setItem(item, isOn ? 'on' : 'off');
  };
  return (
    <Modal title="Keys" onClose={onClose}>
      <div class="dialog-body">
        <dl class="keys">
          {help.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <label class="check">
          <input type="checkbox" checked={areOn.value} onChange={(event) => set(event.currentTarget.checked)} />
          These keys are on
        </label>
      </div>
    </Modal>
  );
}

function isForKeys({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  const element = target as HTMLElement;
  const isWriting = element.matches('input:not([type=checkbox]), textarea, select, [contenteditable]');
  return areOn.peek() && !isWriting && !ctrlKey && !metaKey && !altKey && document.querySelector('dialog[open]') === null;
}

function focusedId(): string | undefined {
  return document.activeElement?.closest<HTMLElement>('[data-job]')?.dataset['job'];
}

function moveFocus(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('.jobs .row-link')];
  const row = document.activeElement?.closest('[data-job]');
  const at = links.findIndex((link) => link.closest('[data-job]') === row);
  links[at === -1 ? (by === 1 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
}
