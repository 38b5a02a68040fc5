/** Unpacks Zstandard data of several frames, one after another, as `cat` and `pzstd` write them. Node.js itself stops after the first. */
import { Transform, type TransformCallback } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import zlib from 'node:zlib';

interface Frame {
  readonly stream: zlib.ZstdDecompress;
  hasEnded: boolean;
}

export class ZstdFrames extends Transform {
  private frame: Frame | undefined;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.unpack(chunk).then(() => callback(), callback);
  }

  /** Fails with the code of zlib when the last frame lacks its end. */
  override _flush(callback: TransformCallback): void {
    if (this.frame === undefined) callback();
    else
      this.frame.stream
        .once('error', callback)
        .once('end', () => callback())
        .end();
  }

  private async unpack(chunk: Buffer): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      this.frame ??= this.openFrame();
      const { frame } = this;
      const before = frame.stream.bytesWritten;
      await new Promise<void>((resolve, reject) => {
        frame.stream.once('error', reject);
        frame.stream.write(rest, () => {
          frame.stream.off('error', reject);
          resolve();
        });
      });
      // The end of a frame is announced after its bytes are taken.
      await setImmediate();
      if (!frame.hasEnded) return;
      rest = rest.subarray(frame.stream.bytesWritten - before);
      this.frame = undefined;
    }
  }

  private openFrame(): Frame {
    const stream = zlib.createZstdDecompress({ chunkSize: 262_144 });
    const frame: Frame = { stream, hasEnded: false };
    stream.on('data', (bytes: Buffer) => this.push(bytes));
    stream.on('end', () => {
      frame.hasEnded = true;
    });
    // Errors are also handed to whoever waits for the current chunk.
    stream.on('error', () => undefined);
    return frame;
  }
}
