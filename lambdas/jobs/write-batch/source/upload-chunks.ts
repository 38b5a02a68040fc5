import type { Upload } from '../../../core/contract/context.ts';
import type { Compression } from '../../../text/decompress.ts';
import type { SourceChunks } from './source-object.ts';

/** An upload, read in ranges like an object. Each run opens it again, which shows that its bytes are the same. */
export class UploadChunks implements SourceChunks {
  readonly name: string;
  private readonly upload: Upload;

  constructor(name: string, upload: Upload) {
    this.name = name;
    this.upload = upload;
  }

  get sizeBytes(): number {
    return this.upload.sizeBytes;
  }

  get compression(): Compression | undefined {
    return this.upload.contentEncoding;
  }

  async *chunks(offset: number, chunkBytes: number): AsyncGenerator<Buffer> {
    for (let at = offset; at < this.sizeBytes; at += chunkBytes) yield await this.upload.read(at, chunkBytes);
  }
}
