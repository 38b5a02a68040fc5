/** Counts of one reading. */
import type { FormatCount, ReadCounts } from './log-input.ts';
import type { FormatName } from './log-reader.ts';
import { formOf } from './unparsed-form.ts';

const maxForms = 3;
/** Folders of many files could give a note for each. */
const maxNotes = 50;

interface Counting {
  readonly format: FormatName;
  readonly title: string;
  readonly files: Set<string>;
  requests: number;
  unparsed: number;
  noise: number;
}

export class ReadTally {
  private readonly formats = new Map<FormatName, Counting>();
  private readonly forms = new Map<string, string>();
  private readonly notes = new Set<string>();

  private readonly skipped: ReadCounts['skipped'];

  constructor(skipped: ReadCounts['skipped']) {
    this.skipped = skipped;
  }

  /** The count that a file's lines of a format are added to. */
  file(name: string, { format, title }: { readonly format: FormatName; readonly title: string }): Counting {
    let count = this.formats.get(format);
    if (count === undefined) {
      count = { format, title, files: new Set(), requests: 0, unparsed: 0, noise: 0 };
      this.formats.set(format, count);
    }
    count.files.add(name);
    return count;
  }

  unparsed(file: string, line: string): void {
    // The smallest form of a file, so that the order of its lines does not matter.
    const known = this.forms.get(file);
    if (known === undefined && this.forms.size >= maxForms) return;
    const form = formOf(line);
    if (known === undefined || form < known) this.forms.set(file, form);
  }

  note(text: string): void {
    this.notes.add(text);
  }

  counts(): ReadCounts {
    const notes = [...this.notes].sort();
    const more = notes.length - maxNotes;
    return {
      formats: [...this.formats.values()]
        .map((count): FormatCount => ({ ...count, files: count.files.size }))
        .sort((a, b) => (a.format < b.format ? -1 : 1)),
      skipped: this.skipped,
      unparsedForms: [...this.forms.values()],
      notes: more > 0 ? [...notes.slice(0, maxNotes), `and ${more} more notes`] : notes,
    };
  }
}
