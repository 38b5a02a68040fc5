/** Files that are not logs of text, seen by their first bytes, with what can be done about it. */

const signatures: readonly (readonly [hex: string, reason: string])[] = [
  ['504b0304', 'it is a ZIP archive: unpack it first, with unzip'],
  ['504b0506', 'it is an empty ZIP archive'],
  ['50415231', 'it is Parquet: set the output format of the CloudFront standard logging (v2) delivery to JSON'],
  ['fd377a585a00', 'it is packed with xz: unpack it first, with xz -d'],
  ['425a68', 'it is packed with bzip2: unpack it first, with bunzip2'],
  ['377abcaf271c', 'it is a 7-Zip archive: unpack it first'],
  ['28b52ffd', 'it is packed with Zstandard, which needs Node.js 22.15 or later: unpack it first, with zstd -d'],
  ['1f8b', 'it is packed more than three times: unpack it first, with gunzip'],
  ['89504e47', 'it is an image'],
  ['ffd8ff', 'it is an image'],
  ['47494638', 'it is an image'],
  ['52494646', 'it is an image, a sound or a film'],
  ['25504446', 'it is a PDF document'],
  ['fffe', 'it is UTF-16 text: convert it first, with iconv -f UTF-16 -t UTF-8'],
  ['feff', 'it is UTF-16 text: convert it first, with iconv -f UTF-16 -t UTF-8'],
  ['4f626a01', 'it is Avro: export the log as JSON'],
  ['4f5243', 'it is ORC: export the log as JSON'],
  ['7f454c46', 'it is a program'],
];

/** Logs may hold a few control characters, which attackers send. A file with more is not text; the share is our choice. */
const maxControlShare = 0.1;

/**
 * Says why a file cannot be a log of text.
 * @param start its first bytes, unpacked
 * @returns undefined for text
 */
export function whyNotText(start: Buffer): string | undefined {
  if (start.length === 0) return 'it is empty';
  const hex = start.toString('hex', 0, 8);
  const known = signatures.find(([signature]) => hex.startsWith(signature));
  if (known !== undefined) return known[1];
  if (start.toString('latin1', 257, 262) === 'ustar') return 'it is a tar archive: unpack it first, with tar -xf';
  const control = start.reduce((count, byte) => (byte < 32 && (byte < 9 || byte > 13) && byte !== 27 ? count + 1 : count), 0);
  return control > start.length * maxControlShare ? 'it is binary data and not a log of text' : undefined;
}
