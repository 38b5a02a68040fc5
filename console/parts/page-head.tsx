/** The head of a screen: its title, which gets the focus when the screen is opened, and its actions. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export interface PageHeadProps {
  /** For the tab of the browser. */
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly above?: ComponentChildren;
  readonly heading?: ComponentChildren;
}

let isFirstScreen = true;

export function PageHead({ title, heading = title, above, children }: PageHeadProps): JSX.Element {
  const element = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Delegation`;
  }, [title]);
  useEffect(() => {
    // A screen reader reads the title of the new screen; at the start it reads the page from its top.
    if (!isFirstScreen) element.current?.focus();
    isFirstScreen = false;
  }, []);
  return (
    <div class="page-head">
      <div>
        {above !== undefined && <p class="above">{above}</p>}
        <h1 ref={element} tabIndex={-1}>
          {heading}
        </h1>
      </div>
      <div class="actions">{children}</div>
    </div>
  );
}
