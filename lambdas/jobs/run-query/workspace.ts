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
    const workspace = new Workspace(await mkdtemp(join(parent, `${folderPrefix}${process.pid}-`)));
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

/** `/tmp` outlives an invocation, also one that was killed. A folder that another process still uses is not a leftover: an emulator lets several functions share `/tmp`. */
async function removeLeftovers(parent: string): Promise<void> {
  const leftovers = (await readdir(parent)).filter((name) => name.startsWith(folderPrefix) && !isInUse(name));
  await Promise.all(leftovers.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}

/** A folder's name has the id of its process. One of this process is of an earlier job, or of an earlier process with the same id. */
function isInUse(name: string): boolean {
  const pid = Number(/^(\d+)-/.exec(name.slice(folderPrefix.length))?.[1] ?? process.pid);
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs, as another user
  }
}
