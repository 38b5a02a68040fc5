/** Copies a text, and says so. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { announce, sayRefusal } from './notices.tsx';

const shownMs = 1_500;

export function CopyButton({ text, label = 'Copy' }: { readonly text: string | (() => string); readonly label?: string }): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      setCopied(true);
      announce('Copied');
      setTimeout(() => setCopied(false), shownMs);
    } catch (error) {
      sayRefusal('The browser does not let this page copy', error);
    }
  };
  return (
    <button type="button" class="small" onClick={() => void copy()}>
      <Icon name="copy" />
      {isCopied ? 'Copied' : label}
    </button>
  );
}
