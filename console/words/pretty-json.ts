/** JSON for people to read and edit, with every digit of its numbers. */
import { ExactNumber } from '../../client/unrounded-json.ts';

const raw = (JSON as { readonly rawJSON?: (text: string) => unknown }).rawJSON;

/** @returns the JSON with two spaces for each level */
export function prettyJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_name, one: unknown) => {
      if (typeof one === 'bigint') return raw?.(String(one)) ?? Number(one);
      return one instanceof ExactNumber ? (raw?.(one.text) ?? Number(one)) : one;
    },
    2,
  );
}
