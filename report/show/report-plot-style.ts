/** The part of the style sheet that draws plots: colours by class, since a picture has no style of its own. */
export const reportPlotStyle = `
.plot { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.5rem; align-content: start; margin: 0; }
.plot figcaption p { color: var(--soft); font-size: 0.8125rem; }
main .legend { display: flex; flex-wrap: wrap; gap: 0.125rem 1rem; padding: 0; list-style: none; font-size: 0.8125rem; }
.swatch { width: 0.8125rem; height: 0.8125rem; vertical-align: -0.0625rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); column-gap: 1.75rem; }
.plots > .plot { grid-row: span 3; grid-template-rows: subgrid; margin-bottom: 1rem; }
.picture { display: block; width: 100%; height: auto; }
.picture.small { max-width: 27rem; }
.picture.narrow { display: none; }
.picture text { font: 13px var(--sans); fill: var(--text); paint-order: stroke; stroke: var(--surface); stroke-width: 3px; stroke-linejoin: round; }
main > section > .plot .picture text { stroke: var(--page); }
.picture .tick, .picture .axis, .picture .corner { fill: var(--soft); }
.picture .tick { font-variant-numeric: tabular-nums; }
.picture .corner { font-style: italic; }
.grid { stroke: var(--line); }
.base { stroke: var(--edge); }
.layer-1 { fill: var(--layer-1); }
.layer-2 { fill: var(--layer-2); }
.layer-3 { fill: var(--layer-3); }
.layer-rest { fill: var(--layer-rest); stroke: var(--edge); stroke-width: 0.75; }
.layer-freed { fill: var(--freed); stroke: var(--accent); stroke-width: 0.75; }
.capacity { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 7 4; }
.bar { fill: var(--layer-1); }
.quantile { stroke: var(--text); stroke-dasharray: 2 3; }
.limit { stroke: var(--warn); stroke-width: 2; }
.band { fill: var(--accent); fill-opacity: 0.2; }
.curve { fill: none; stroke: var(--layer-1); stroke-width: 2.25; stroke-linejoin: round; }
.control { fill: none; stroke: var(--soft); stroke-width: 1.75; stroke-dasharray: 5 4; }
.point { fill: var(--surface); stroke: var(--text); stroke-width: 2; }
.dot .ring { stroke-width: 2; fill-opacity: 0.75; }
.dot.delegate .ring { fill: var(--good); stroke: var(--good); }
.dot.probably .ring { fill: var(--info-soft); stroke: var(--info); }
.dot.probably .core { fill: var(--info); }
.dot.undecided .ring { fill: var(--warn-soft); stroke: var(--warn); stroke-dasharray: 4 3; }
.dot.keep .ring { fill: var(--raised); stroke: var(--soft); stroke-width: 1.25; }
@media (max-width: 46rem) { .picture.wide { display: none; } .picture.narrow { display: block; } }
@media print {
  .picture.wide { display: block; }
  .picture.narrow { display: none; }
  .plots { display: block; }
  .plots > .plot { grid-template: auto auto / 8.5cm minmax(0, 1fr); break-inside: avoid; }
  .plots figcaption { grid-column: 1 / -1; }
}
@media (forced-colors: active) {
  .picture text, .picture .tick, .picture .axis, .picture .corner { fill: CanvasText; stroke: Canvas; }
  .grid { stroke: CanvasText; stroke-opacity: 0.3; }
  .base, .capacity, .quantile, .limit, .curve, .control { stroke: CanvasText; }
  .layer-1, .layer-3, .bar { fill: CanvasText; }
  .layer-3 { fill-opacity: 0.45; }
  .layer-2, .layer-rest, .layer-freed { fill: Canvas; stroke: CanvasText; stroke-width: 0.75; }
  .layer-freed { stroke-dasharray: 2 2; }
  .band { fill: CanvasText; fill-opacity: 0.25; }
  .point { fill: Canvas; stroke: CanvasText; }
  .dot .ring, .dot.delegate .ring, .dot.probably .ring, .dot.undecided .ring, .dot.keep .ring { fill: Canvas; stroke: CanvasText; }
  .dot.delegate .ring, .dot.probably .core { fill: CanvasText; }
}
`;
