/** A tutorial as what its reader does, in order. */

export type TutorialStep =
  /** Commands that end, and what they print together, if the page shows it. */
  | { readonly kind: 'run'; readonly line: number; readonly text: string; readonly prints: string | undefined }
  /** A command that goes on until Ctrl-C, in a terminal of its own. */
  | { readonly kind: 'serve'; readonly line: number; readonly text: string; readonly prints: string | undefined }
  | { readonly kind: 'write'; readonly line: number; readonly path: string; readonly text: string }
  /** Ctrl-C, once the command that goes on has printed `after` since the commands before. */
  | { readonly kind: 'interrupt'; readonly line: number; readonly after: string | undefined };

const blockOrComment = /^```(?<language>\w+)(?: (?<about>\S+))?\n(?<text>.*?)^```$|^<!-- Ctrl-C(?: after: (?<after>[^\n]+))? -->$/gms;

/**
 * Reads the blocks of a page. A block of `sh` is commands, `sh server` one that goes on, `ts <path>` a file; the first block of `text` after
 * commands, before any other block, is what they print. `<!-- Ctrl-C -->`, or `<!-- Ctrl-C after: TEXT -->`, is where the reader ends the command that goes on.
 * @throws Error for a block of another kind, and for an output without commands
 */
export function stepsOf(markdown: string): readonly TutorialStep[] {
  const steps: TutorialStep[] = [];
  for (const match of markdown.matchAll(blockOrComment)) {
    const { language, about, text = '', after } = match.groups ?? {};
    const line = markdown.slice(0, match.index).split('\n').length;
    if (language === 'text') addOutput(steps, text, line);
    else if (language === undefined) steps.push({ kind: 'interrupt', line, after });
    else steps.push(stepOf(language, about, text, line));
  }
  return steps;
}

function stepOf(language: string, about: string | undefined, text: string, line: number): TutorialStep {
  if (language === 'sh' && about === undefined) return { kind: 'run', line, text, prints: undefined };
  if (language === 'sh' && about === 'server') return { kind: 'serve', line, text: text.trim(), prints: undefined };
  if (language === 'ts' && about !== undefined) return { kind: 'write', line, path: about, text };
  throw new Error(`Line ${line}: a block must be sh, sh server, text or ts with a path.`);
}

function addOutput(steps: TutorialStep[], prints: string, line: number): void {
  const last = steps.at(-1);
  if ((last?.kind !== 'run' && last?.kind !== 'serve') || last.prints !== undefined)
    throw new Error(`Line ${line}: there are no commands whose output this could be.`);
  steps[steps.length - 1] = { ...last, prints };
}
