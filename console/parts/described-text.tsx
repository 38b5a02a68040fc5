/** The description of a schema: text with `code` and tables, as its author wrote it in Markdown. Other marks stay as they are. */
import type { ComponentChildren, JSX } from 'preact';

export function DescribedText({ text }: { readonly text: string }): JSX.Element {
  return (
    <div class="description">
      {blocksOf(text).map((lines, i) => (isTable(lines) ? <Table key={i} lines={lines} /> : <p key={i}>{inline(lines.join(' '))}</p>))}
    </div>
  );
}

function Table({ lines: [head = '', _rule, ...rows] }: { readonly lines: readonly string[] }): JSX.Element {
  return (
    <table>
      <thead>
        <tr>
          {cellsOf(head).map((cell) => (
            <th key={cell} scope="col">
              {cell}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row}>
            {cellsOf(row).map((cell, i) => (
              <td key={`${i}${cell}`} class="wraps">
                {inline(cell)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Parts between empty lines. */
function blocksOf(text: string): readonly (readonly string[])[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((block) => block.split('\n').map((line) => line.trim()));
}

function isTable(lines: readonly string[]): boolean {
  return lines.length > 2 && lines.every((line) => line.startsWith('|')) && /^[|\s:-]+$/.test(lines[1] ?? '');
}

function cellsOf(row: string): readonly string[] {
  return row
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());
}

function inline(text: string): ComponentChildren {
  return text.split(/`([^`]+)`/).map((part, i) => (i % 2 === 1 ? <code key={`${i}${part}`}>{part}</code> : part));
}
