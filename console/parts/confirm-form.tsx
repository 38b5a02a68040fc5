/** A question before something is done, with the reason that is kept with it. */
import type { ComponentChildren, JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../net/api-calls.ts';
import { Modal } from './modal.tsx';
import { ProblemNote } from './problem-note.tsx';

export interface ConfirmFormProps {
  readonly title: string;
  readonly button: string;
  /** Whether the button ends or removes something. */
  readonly isDangerous?: boolean;
  readonly reason: 'none' | 'optional' | 'required';
  readonly children: ComponentChildren;
  /** Does it. What it throws is shown, and the dialog stays. */
  readonly onConfirm: (reason: string) => Promise<void>;
  readonly onClose: () => void;
}

const maxReasonLength = 500;

export function ConfirmForm({
  title,
  button,
  isDangerous = false,
  reason: kind,
  children,
  onConfirm,
  onClose,
}: ConfirmFormProps): JSX.Element {
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const field = useId();
  const confirm = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await onConfirm(reason.trim());
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Modal title={title} onClose={onClose}>
      <form onSubmit={(event) => void confirm(event)}>
        <div class="dialog-body">
          {children}
          {kind !== 'none' && (
            <div class="field">
              <label for={field}>
                Reason {kind === 'optional' && <span class="soft">(optional, everyone who sees this can read it)</span>}
              </label>
              <input
                id={field}
                value={reason}
                required={kind === 'required'}
                maxLength={maxReasonLength}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            </div>
          )}
          {problem !== null && <ProblemNote problem={problem} />}
        </div>
        <footer>
          <button type="button" onClick={onClose}>
            Do nothing
          </button>
          <button type="submit" class={isDangerous ? 'danger' : 'primary'} disabled={isBusy}>
            {isBusy ? 'Working…' : button}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
