/** A plot with all that belongs to it: its picture in a wide and a narrow form, what it shows in words, and its numbers in a table. */
import { type Child, html, type Markup } from './html-text.ts';

/** Text in a picture shrinks with it, so a plot across the page is drawn twice, and the style sheet shows the one that fits. */
export const wide = { name: 'wide', width: 880 } as const;
export const narrow = { name: 'narrow', width: 340 } as const;

export interface PlotFigure {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** What the picture shows, for readers who do not see it. */
  readonly description: string;
  /** Below the title, for everybody. */
  readonly caption: Child;
  readonly legend?: Markup | null;
  readonly pictures: readonly { readonly name: string; readonly width: number; readonly height: number; readonly content: Markup }[];
  readonly table: DataTable;
}

export interface DataTable {
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Child[])[];
}

/** Draws a figure: a title, the picture, and its numbers behind a summary. */
export function plotFigure({ id, title, description, caption, legend = null, pictures, table }: PlotFigure): Markup {
  return html`<figure class="plot" id="${id}">
<figcaption><strong>${title}</strong> <p>${caption}</p>${legend}</figcaption>
${pictures.map(({ name, width, height, content }) => {
  const own = `${id}-${name}`;
  return html`<svg class="picture ${name}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${own}-title ${own}-text"><title id="${own}-title">${title}</title><desc id="${own}-text">${description}</desc>${content}</svg>
`;
})}<details class="numbers"><summary>Numbers: ${table.caption}</summary>
${dataTable(table)}</details>
</figure>
`;
}

/** Draws a table of numbers, which scrolls on its own where it is wider than the page. */
export function dataTable({ caption, columns, rows }: DataTable): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([name = null, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
}

/** A column of a table that becomes a list of cards where the page is narrow. */
export interface CardColumn<Row> {
  readonly title: string;
  /** Names the column in the style sheet. */
  readonly name: string;
  readonly cell: (row: Row) => Child;
  readonly isRowHeader?: boolean;
}

/** Draws a table whose rows become cards where the page is narrow. Roles are named, since elements lose them when a style sheet changes how they are laid out. */
export function cardTable<Row>(
  caption: string,
  columns: readonly CardColumn<Row>[],
  bodies: readonly { readonly className: string; readonly rows: readonly Row[] }[],
): Markup {
  const cells = (row: Row) =>
    columns.map(({ title, name, cell, isRowHeader = false }) => {
      const inside = html`<span class="label" aria-hidden="true">${title}</span>${cell(row)}`;
      return isRowHeader
        ? html`<th scope="row" role="rowheader" class="${name}">${inside}</th>`
        : html`<td role="cell" class="${name}">${inside}</td>`;
    });
  return html`<table class="cards" role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(({ title, name }) => html`<th scope="col" role="columnheader" class="${name}">${title}</th>`)}</tr></thead>
${bodies
  .filter(({ rows }) => rows.length > 0)
  .map(
    ({ className, rows }) =>
      html`<tbody role="rowgroup" class="${className}">${rows.map(
        (row) => html`<tr role="row">${cells(row)}</tr>
`,
      )}</tbody>`,
  )}</table>`;
}
