/** Lines for people on standard error, a bounded number of them: what a client never reads stays in memory, or blocks the process, by the kind of pipe. */

/** Less than the 64 KiB that a pipe holds on Linux, whether it is read or not; see pipe(7). */
const maxLines = 60;
const maxCharacters = 500;

/** @returns takes a line, and writes it unless too many were written */
export function boundedLog(write: (text: string) => void): (line: string) => void {
  let lines = 0;
  return (line) => {
    lines += 1;
    if (lines > maxLines) return;
    write(`delegation mcp: ${line.slice(0, maxCharacters)}\n`);
    if (lines === maxLines) write('delegation mcp: No more is logged; start it again to see more.\n');
  };
}
