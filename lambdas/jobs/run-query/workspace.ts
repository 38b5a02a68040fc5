/** A job's own folder for its sources, its spilled memory and its result; removed after the job. */
import { mkdir, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folderPrefix = 'delegation-run-query-';

export class Workspace implements AsyncDisposable {
  readonly folder: string;
  readonly spillFolder: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.spillFolder = join(folder, 'spill');
  }

  /**
   * @param isAlone whether no other job uses `parent`: then what a killed job left there is removed first. This holds in Lambda, whose
   * environments run one job of this type at a time
   */
  static async create(parent = tmpdir(), isAlone = process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined): Promise<Workspace> {
    if (isAlone) await removeLeftovers(parent);
    const workspace = new Workspace(await mkdtemp(join(parent, folderPrefix)));
    await mkdir(workspace.spillFolder);
    return workspace;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** `/tmp` outlives an invocation, also one that was killed. */
async function removeLeftovers(parent: string): Promise<void> {
  const leftovers = (await readdir(parent)).filter((name) => name.startsWith(folderPrefix));
  await Promise.all(leftovers.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}
