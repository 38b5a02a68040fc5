/** A terminal for tests of commands: keeps what is printed, and answers what is asked. */
import type { Terminal } from '../../cli/init/init-terminal.ts';

export interface RecordedTerminal extends Terminal {
  readonly printed: () => string;
  readonly reported: () => string;
  /** The questions that were asked. */
  readonly questions: readonly string[];
}

/** @param answer to each question; undefined where nothing can be asked */
export function recordedTerminal(answer?: boolean): RecordedTerminal {
  const [out, messages, questions]: [string[], string[], string[]] = [[], [], []];
  return {
    print: (text) => void out.push(text),
    report: (text) => void messages.push(text),
    confirm:
      answer === undefined
        ? undefined
        : async (question) => {
            questions.push(question);
            return answer;
          },
    printed: () => out.join(''),
    reported: () => messages.join(''),
    questions,
  };
}
