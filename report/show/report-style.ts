/** The style sheet of the page. Colours are those of the console; nothing here may hold what HTML or XML reads as markup. */
import { reportPlotStyle } from './report-plot-style.ts';

const dark = `
    color-scheme: dark;
    --page: #111116; --surface: #19191f; --raised: #23232b; --line: #2d2d37; --edge: #7c7c8c; --text: #ececf1; --soft: #a5a5b3;
    --accent: #a3a6ff; --accent-soft: #26264a; --good: #7bd69b; --good-soft: #17301f; --warn: #f0bf6a; --warn-soft: #352710;
    --info: #8ec3ff; --info-soft: #152a42;
    --layer-1: #a3a6ff; --layer-2: #9a5a1c; --layer-3: #7fd6c6; --layer-rest: #66667a; --freed: #33346b;`;

/** The style sheet of every report: constant, so that its hash in the policy is. */
export const reportStyle = `
:root {
  color-scheme: light;
  --page: #f7f7f9; --surface: #fff; --raised: #f1f1f5; --line: #e2e2e9; --edge: #8b8b99; --text: #1b1b22; --soft: #5b5b68;
  --accent: #4347c9; --accent-soft: #ececfb; --good: #176b3a; --good-soft: #e3f3e8; --warn: #8a5200; --warn-soft: #fbf0dc;
  --info: #1f5fa8; --info-soft: #e4effa;
  --layer-1: #4347c9; --layer-2: #f2b266; --layer-3: #1d6b60; --layer-rest: #b4b4c0; --freed: #d6d8f8;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'Liberation Mono', monospace;
  --sans: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', sans-serif;
}
@media screen and (prefers-color-scheme: dark) { :root {${dark}
} }
@media (prefers-contrast: more) { :root { --line: var(--text); --edge: var(--text); --soft: var(--text); } }
*, *::before, *::after { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--text); font: 0.9375rem / 1.55 var(--sans); overflow-wrap: anywhere; }
header, main, footer { max-width: 70rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
h1, h2, h3, h4, p, ul, dl, dd, figure, blockquote { margin: 0; padding: 0; }
h1 { font-size: clamp(1.5rem, 1.1rem + 1.8vw, 2.125rem); line-height: 1.2; letter-spacing: -0.02em; text-wrap: balance; }
h2 { font-size: 1.375rem; line-height: 1.3; letter-spacing: -0.01em; }
h3 { font-size: 1.0625rem; line-height: 1.4; }
h4 { font-size: 0.9375rem; }
a { color: var(--accent); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
small, .basis { font-size: 0.8125rem; color: var(--soft); }
small { display: block; }
code { font-family: var(--mono); font-size: 0.875em; }
.skip { position: absolute; left: -100vw; padding: 0.5rem 1rem; background: var(--surface); }
.skip:focus { left: 1rem; top: 0.5rem; }

header { padding-block: 2rem 0; }
.product { color: var(--accent); font-weight: 600; }
.input { margin-top: 0.375rem; color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-top: 0.75rem; list-style: none; }
nav a { display: inline-block; padding-block: 0.1875rem; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2.5rem; padding-block: 1.5rem 3rem; }
main > section { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.875rem; }
main section ul { padding-left: 1.25rem; }
footer { padding-block: 1rem 2rem; color: var(--soft); font-size: 0.8125rem; }

main > .opening, .endpoint { padding: clamp(1rem, 3vw, 1.75rem); border: 1px solid var(--line); border-radius: 12px; background: var(--surface); }
.opening h2 { font-size: clamp(1.25rem, 1rem + 1.2vw, 1.625rem); text-wrap: balance; }
.why { max-width: 52rem; }
.opening .why { font-size: 1.0625rem; }
.change { display: flex; flex-wrap: wrap; align-items: stretch; gap: 0.75rem; }
.change > div { flex: 1 1 14rem; padding: 0.75rem 1rem; border-radius: 10px; background: var(--raised); }
.change > div + div { background: var(--good-soft); }
.change dt { color: var(--soft); font-size: 0.8125rem; }
.change > div + div dt::before { content: '→ '; }
.change b { display: block; font-size: 1.625rem; line-height: 1.25; letter-spacing: -0.02em; }
.question { padding: 1rem 1.25rem; border-left: 5px solid var(--accent); border-radius: 4px 10px 10px 4px; background: var(--accent-soft); }
.question figcaption { color: var(--soft); font-size: 0.8125rem; }
.question figcaption b { color: var(--text); }
.question blockquote { max-width: 50rem; font-size: 1.0625rem; line-height: 1.5; }
.opening .question blockquote { margin-top: 0.25rem; font-size: clamp(1.125rem, 1rem + 0.6vw, 1.3125rem); font-weight: 500; line-height: 1.45; text-wrap: pretty; }
.warnings { padding: 1rem 1.25rem; border-radius: 10px; background: var(--warn-soft); }
.warnings h2 { font-size: 1rem; }

.verdict { display: inline-flex; align-items: center; gap: 0.3125rem; padding: 0 0.5rem 0 0.3125rem; border-radius: 999px; background: var(--raised); font-size: 0.8125rem; font-weight: 600; line-height: 1.5rem; letter-spacing: 0; white-space: nowrap; }
.verdict svg { width: 0.9375rem; height: 0.9375rem; }
.verdict.delegate { background: var(--good-soft); color: var(--good); }
.verdict.probably { background: var(--info-soft); color: var(--info); }
.verdict.undecided { background: var(--warn-soft); color: var(--warn); }

table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
caption { padding-bottom: 0.375rem; color: var(--soft); font-size: 0.8125rem; text-align: left; }
th, td { padding: 0.5rem 0.625rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-top: 0; color: var(--soft); font-size: 0.8125rem; font-weight: 500; vertical-align: bottom; }
tbody th { font-weight: 500; }
.scroll { position: relative; overflow-x: auto; max-height: 26rem; overflow-y: auto; padding: 0.25rem 0.5rem; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
thead th { overflow-wrap: normal; }
.scroll td { min-width: 4.5rem; }
.scroll td, .number { font-variant-numeric: tabular-nums; }
.cards { background: var(--surface); border-radius: 10px; }
.cards .label { display: none; }
.cards .number { text-align: right; white-space: nowrap; }
.cards .words { min-width: 9.5rem; }
.cards .id, .cards .side, .cards .place { white-space: nowrap; }
.cards .path { min-width: 9rem; }
.above + .kept tr:first-child > * { border-top: 2px solid var(--edge); }

#method h3 { margin-top: 0.75rem; }
section.endpoint { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }
.endpoint h3 { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.625rem; font-size: 1.1875rem; }
.rank { min-width: 1.75rem; padding-inline: 0.375rem; border: 1px solid var(--edge); border-radius: 6px; font-size: 0.875rem; line-height: 1.5rem; text-align: center; }
.answer { padding: 0.75rem 1.25rem; border: 1px solid var(--edge); border-radius: 10px; }
.facts, .next { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0.375rem 2rem; }
.facts > div, .next > div { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: 0.75rem; align-content: start; }
.next { grid-template-columns: minmax(0, 1fr); }
.next > div { grid-template-columns: 11rem minmax(0, 1fr); }
.facts dt, .next dt { color: var(--soft); }
.rules { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.5rem; }
.up { font-size: 0.8125rem; }
summary { width: fit-content; padding-block: 0.1875rem; color: var(--accent); font-size: 0.8125rem; cursor: pointer; }
details[open] > summary { margin-bottom: 0.5rem; }
${reportPlotStyle}
@media (max-width: 46rem) {
  .cards, .cards tbody, .cards tr, .cards th, .cards td, .cards caption { display: block; }
  .cards { background: none; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tr { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin-bottom: 0.5rem; padding: 0.75rem; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
  .cards tr > *, .above + .kept tr:first-child > * { min-width: 0; padding: 0; border: 0; text-align: left; }
  .above + .kept { margin-top: 0.75rem; padding-top: 0.75rem; border-top: 2px solid var(--edge); }
  .cards .path, .cards .words { flex: 1 0 100%; }
  .cards .path { font-size: 0.9375rem; font-weight: 600; }
  .cards .label { display: inline; margin-right: 0.375rem; color: var(--soft); font-size: 0.8125rem; font-weight: 400; }
  .cards .path .label, .cards .says .label { display: none; }
  .facts > div, .next > div { grid-template-columns: minmax(0, 1fr); gap: 0; }
}
@media (forced-colors: active) {
  .verdict, .change > div, .question, .warnings, .rank { border: 1px solid; }
  .question { border-left-width: 5px; }
}
@media print {
  @page { margin: 14mm 12mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { background: #fff; font-size: 9.5pt; }
  header, main, footer { max-width: none; padding-inline: 0; }
  nav, .up, .skip { display: none; }
  main { display: block; }
  main > section { margin-bottom: 1.5rem; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; color: var(--soft); }
  summary::-webkit-details-marker { display: none; }
  .scroll { max-height: none; overflow: visible; }
  .scroll th, .scroll td { padding-block: 0.0625rem; font-size: 8pt; }
  h2, h3, h4, caption { break-after: avoid; }
  tr, dl > div, .question, .answer, .picture, figcaption, li { break-inside: avoid; }
  section.endpoint, .rules, main > section { display: block; }
  section.endpoint > *, main > section > * { margin-bottom: 0.75rem; }
}
`;
