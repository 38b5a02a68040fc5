/** Commands for programs and shells. */
import type { Command } from '../command.ts';

export const toolTable: readonly Command[] = [
  {
    name: 'api',
    group: 'tools',
    summary: 'Sends any request to the API, authorised like every other, and prints the answer as it came.',
    arguments: [
      { name: 'method', description: 'GET, POST, PUT or DELETE' },
      { name: 'path', description: 'the path with its query, such as /v1/jobs?status=failed' },
    ],
    options: {
      body: { value: 'JSON', description: 'the body: JSON, @FILE, or - for standard input', short: 'b' },
      header: { value: "'NAME: VALUE'", description: 'a header', short: 'H', isRepeated: true },
      include: { description: 'print status and headers to standard error', short: 'i' },
      paginate: { description: 'follow nextCursor to the end; each page is a line' },
    },
    callsApi: true,
    examples: [['delegation api GET /v1/jobs/counts', '{"counts":[…]}']],
    load: async () => (await import('../commands/target-command.ts')).api,
  },
  {
    name: 'completion',
    group: 'tools',
    summary: 'Prints what makes a shell complete commands and options.',
    arguments: [{ name: 'shell', description: 'bash, zsh or fish' }],
    examples: [
      ['source <(delegation completion bash)', 'in ~/.bashrc; for zsh the same in ~/.zshrc'],
      ['delegation completion fish > ~/.config/fish/completions/delegation.fish', 'once'],
    ],
    load: async () => (await import('../commands/completion-command.ts')).completion,
  },
];
