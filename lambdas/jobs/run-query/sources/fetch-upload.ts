import type { JobContext } from '../../../core/contract/context.ts';
import { type FetchOptions, noRoom } from './fetch-objects.ts';
import type { ObjectStream } from './reading.ts';

/**
 * @returns the one object of a source that is an upload
 * @throws the errors of `ctx.openUpload`; PermanentError `sources_too_large`
 */
export async function* fetchUpload(
  reference: string,
  openUpload: JobContext['openUpload'],
  { source, budgetBytes }: FetchOptions,
): AsyncGenerator<ObjectStream> {
  const upload = await openUpload(reference);
  if (upload.sizeBytes > budgetBytes) throw noRoom(source, upload.sizeBytes, budgetBytes);
  yield { name: reference, bytes: upload.stream() as AsyncIterable<Buffer>, compression: upload.contentEncoding };
}
