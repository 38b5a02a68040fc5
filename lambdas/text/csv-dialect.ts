/** How a CSV object is written, as callers say it: the same for every job type that reads one. */
import * as z from 'zod';

export const encodings = ['utf-8', 'utf-16', 'windows-1252', 'iso-8859-1'] as const;
export type Encoding = (typeof encodings)[number];

/** Delimiters that are looked for in the header line where none is given. A tie is decided by the caller, not by us. */
export const detectedDelimiters = [',', ';', '\t', '|'] as const;

export const csvDialect = {
  delimiter: z
    .string()
    .refine(isDelimiter, 'must be one ASCII punctuation mark, space or control character, and no double quote or line break')
    .optional()
    .describe(
      'The character between two fields. When absent, the one of comma, semicolon, tab and pipe that the first line has most of, outside quotes; nothing else is detected.',
    ),
  encoding: z
    .enum(encodings)
    .default('utf-8')
    .describe(
      'How the bytes are read. A byte order mark is removed; `utf-16` without one is little-endian. Bytes that do not fit fail the job with their line.',
    ),
  skipLines: z
    .int()
    .min(0)
    .max(10_000)
    .default(0)
    .describe('Lines to step over at the start of each object: titles and remarks above the header.'),
  raggedRows: z
    .enum(['fail', 'pad', 'keep'])
    .default('fail')
    .describe(
      'What becomes of a row whose number of fields differs from the header. `fail` ends the job with its line. `pad` fills missing fields as empty ones and fails on surplus fields. `keep` pads, too, and keeps surplus fields in columns of their own, named `column3` and so on by their index from 0.',
    ),
};

export interface CsvDialect {
  readonly delimiter?: string | undefined;
  readonly encoding: Encoding;
  readonly skipLines: number;
  readonly raggedRows: 'fail' | 'pad' | 'keep';
}

function isDelimiter(text: string): boolean {
  return text.length === 1 && text !== '\0' && /[^A-Za-z0-9"\r\n]/.test(text) && text < '\u0080';
}
