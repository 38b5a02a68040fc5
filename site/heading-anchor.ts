/** The anchors of headings. The site has those of GitHub, so that a link works in both. */

/** @returns the anchor of a heading, as GitHub derives it: lower case, without punctuation, hyphens for spaces */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** @returns the anchors of all headings of a page in Markdown; a heading that is repeated has a number, as on GitHub */
export function anchorsOf(markdown: string): readonly string[] {
  const times = new Map<string, number>();
  return [...withoutCode(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const anchor = anchorOf(heading);
    const before = times.get(anchor) ?? 0;
    times.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** A comment of a shell looks like a heading. @returns the page without its fenced blocks */
export function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^([ \t]*)(```+)[^\n]*\n.*?^[ \t]*\2[ \t]*$/gms, '');
}
