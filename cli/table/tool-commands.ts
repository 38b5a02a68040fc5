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
    name: 'typegen',
    group: 'tools',
    summary: "Writes TypeScript types of the deployment's job types, for createClient<JobTypes>().",
    options: {
      output: { value: 'FILE', description: 'write them there; without it they are printed', short: 'o' },
      check: { description: 'write nothing, and end with 1 where the file is outdated' },
    },
    callsApi: true,
    examples: [['delegation typegen -o delegation.d.ts', 'then: createClient<JobTypes>({ … })']],
    load: async () => (await import('../commands/typegen-run.ts')).typegen,
  },
  {
    name: 'mcp',
    group: 'tools',
    summary: 'Serves the deployment to an assistant, over the Model Context Protocol on standard input and output.',
    details: ['Without --allow it only reads. docs/mcp.md says how to add it to a client.'],
    options: {
      allow: { value: 'WHAT', description: 'what else it may do: submit, cancel, or both, separated by commas', isRepeated: true },
      types: { value: 'TYPES', description: 'the job types that may be submitted, separated by commas (all)', isRepeated: true },
      'max-cost': { value: 'USD', description: 'what the submissions of this process may cost together, as the API estimates them' },
    },
    callsApi: true,
    showsCurl: false,
    load: async () => (await import('../commands/mcp-run.ts')).mcp,
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
