/** "As curl, CLI, TypeScript": the same as the screen does, to take away. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { session } from '../net/session.ts';
import { type Action, samplesOf } from '../words/code-samples.ts';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icon.tsx';
import { CodeBlock } from './scroll-frame.tsx';

const languages = [
  ['cli', 'CLI'],
  ['curl', 'curl'],
  ['typescript', 'TypeScript'],
] as const;

/** @param action worked out when it is opened, since it may be large */
export function AsCode({ action, what }: { readonly action: () => Action; readonly what: string }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="as-code" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="code" />
        {what} as CLI, curl, TypeScript
      </summary>
      {isOpen && <Samples action={action()} />}
    </details>
  );
}

function Samples({ action }: { readonly action: Action }): JSX.Element {
  const { config, api } = session();
  const samples = samplesOf(action, config, api.urlOf(''));
  return (
    <dl class="samples">
      {languages.map(([key, label]) => (
        <div key={key}>
          <dt>
            {label} <CopyButton text={samples[key]} label={`Copy ${label}`} />
          </dt>
          <dd>
            <CodeBlock label={label} text={samples[key]} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
