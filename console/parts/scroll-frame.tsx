/** What is wider than a narrow screen and scrolls on its own. It takes the focus, so that keys can scroll it. */
import type { ComponentChildren, JSX } from 'preact';

export function ScrollFrame({ label, children }: { readonly label: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section class="table-frame" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

/** A text of several lines to copy, such as a command. */
export function CodeBlock({ label, text }: { readonly label: string; readonly text: string }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
    <section class="code-block" tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  );
}
