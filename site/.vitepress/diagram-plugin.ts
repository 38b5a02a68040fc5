/** Keeps the text of a diagram as it is: the theme draws it in the browser, and without JavaScript it can still be read. */
import type { MarkdownRenderer } from 'vitepress';

export function diagrams(markdown: MarkdownRenderer): void {
  const fence = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token?.info.trim() !== 'mermaid') return fence?.(tokens, index, options, env, self) ?? '';
    return `<Diagram text="${encodeURIComponent(token.content)}" />`;
  };
}
