/** The verdict as a word in a form of its own, so that its colour says nothing that is not said otherwise. */
import type { EndpointReport, Verdict } from '../delegation-report.ts';
import { html, type Markup } from './html-text.ts';

/** Names a verdict for the style sheet; `undecided` is one that the logs leave open. */
export function verdictClass(verdict: Verdict): 'delegate' | 'probably' | 'undecided' | 'keep' {
  return verdict === 'delegate' || verdict === 'probably' || verdict === 'keep' ? verdict : 'undecided';
}

/** Draws the verdict, with its mark on the map. */
export function verdictMark({ verdict }: Pick<EndpointReport, 'verdict'>): Markup {
  const name = verdictClass(verdict);
  const core = name === 'probably' ? html`<circle class="core" cx="8" cy="8" r="2.8"/>` : null;
  return html`<span class="verdict ${name}"><svg class="dot ${name}" viewBox="0 0 16 16" aria-hidden="true"><circle class="ring" cx="8" cy="8" r="6"/>${core}</svg>${verdict}</span>`;
}
