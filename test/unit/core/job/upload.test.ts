import {
  parseUploadReference,
  uploadFaults,
  uploadReference,
  uploadReferences,
} from '../../../../lambdas/core/contract/upload-reference.ts';
import { isUpload, newUploadId, type UploadContent, uploadKey } from '../../../../lambdas/core/job/upload.ts';
import { parseExactJson } from '../../../../lambdas/text/exact-json.ts';

const content: UploadContent = { sizeBytes: 3, sha256: `${'A'.repeat(43)}=`, contentType: 'text/csv', contentEncoding: undefined };
const id = newUploadId('ann', content, 'token');
const takesUploads = { uploads: 'read' } as const;

describe('the id of an upload', () => {
  it('is the one of what was announced, for its owner, and of nothing else', () => {
    const etag = '"1"';
    expect(isUpload(id, 'ann', { ...content, etag })).toBe(true);
    expect(isUpload(id, 'bob', { ...content, etag })).toBe(false);
    const changes: Partial<UploadContent>[] = [
      { sizeBytes: 4 },
      { sha256: `${'B'.repeat(43)}=` },
      { contentType: 'text/html' },
      { contentEncoding: 'gzip' },
    ];
    for (const change of changes) expect(isUpload(id, 'ann', { ...content, ...change, etag })).toBe(false);
    expect(isUpload(id, 'ann', { ...content, sha256: undefined, etag })).toBe(false);
  });

  it('differs for each announcement, and has the form of a reference', () => {
    expect(newUploadId('ann', content, 'another token')).not.toBe(id);
    expect(parseUploadReference(uploadReference(id))).toBe(id);
    expect(uploadKey('ann', id)).toMatch(/^uploads\/[0-9a-f]{32}\/upl_[0-9a-z]{39}$/);
    expect(uploadKey('bob', id)).not.toBe(uploadKey('ann', id));
  });

  it.each(['upload://', `upload://${id}x`, `upload://../${id}`, `UPLOAD://${id}`, `${id}`, `upload://${id}/`, `upload://${id}\n`])(
    'is not found in %j',
    (text) => expect(parseUploadReference(text)).toBeUndefined(),
  );
});

describe('the uploads that an input names', () => {
  const input = parseExactJson(`{"a":[{"b":"upload://x"},1.50,"see upload://x"],"c":"upload://y","d":null}`);

  it('are its texts that begin so, at any depth, for types that take them', () => {
    expect(uploadReferences(takesUploads, input)).toEqual([
      { text: 'upload://x', path: ['a', '0', 'b'] },
      { text: 'upload://y', path: ['c'] },
    ]);
    expect(uploadReferences({}, input)).toEqual([]);
  });

  it('are at most 100 different ones', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `upload://${i}`);
    expect(uploadFaults(takesUploads, [...many(100), ...many(100)])).toEqual([]);
    expect(uploadFaults(takesUploads, many(101))).toEqual([{ pointer: '', detail: 'must name at most 100 uploads (was 101)' }]);
  });
});
