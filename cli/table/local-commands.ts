/** Commands about this machine: the local mode, and what makes an app. */
import type { Command } from '../command.ts';

export const localTable: readonly Command[] = [
  {
    name: 'demo',
    group: 'this machine',
    summary: 'Runs the job types that come with Delegation on this machine, with the console, over data that need no download.',
    details: [
      'Real jobs in a temporary folder: a query over the offset of every time zone on each day of the year (with DuckDB, if it is installed), a batch write of some thousand of them into a table, and a launch of two instances.',
    ],
    options: {
      open: { description: 'open the console in a browser, and stay until Ctrl-C, as in a terminal of a desktop' },
      'no-open': { description: 'open nothing, and end with the last job' },
    },
    load: async () => (await import('../commands/local-command.ts')).demo,
  },
  {
    name: 'dev',
    group: 'this machine',
    summary: 'Runs the job types of a folder on this machine: HTTP API, table, queues, clock, workers and console.',
    details: ['Each job type is a sub-folder with contract.ts and worker.ts (or .js). A changed file is loaded again; running jobs go on.'],
    arguments: [{ name: 'folder', description: 'the folder of the job types (./jobs)', isOptional: true }],
    options: {
      port: { value: 'N', description: 'listen on this port of 127.0.0.1; 0 takes a free one (PORT, 8787)' },
      data: { value: 'FOLDER', description: 'keep jobs and files there (DELEGATION_DATA, .delegation)' },
      env: { value: 'FILE', description: 'set the variables of this file, such as the names of your tables' },
      'built-in': { description: 'run the job types that come with Delegation as well' },
      fresh: { description: 'begin without the jobs and files of the last time, which are deleted' },
      open: { description: 'open the console in a browser' },
    },
    load: async () => (await import('../commands/local-command.ts')).dev,
  },
  {
    name: 'init',
    group: 'this machine',
    summary: 'Makes an app for job types, or adds one to the project that is there.',
    details: ['It shows which files it will create, change and leave, and asks once. It overwrites nothing.'],
    arguments: [{ name: 'folder', description: 'where the app is to be, new or not (.)', isOptional: true }],
    options: {
      template: {
        value: 'NAME',
        choices: ['minimal', 'cdk-app'],
        description: 'job types to run on this machine, or with a CDK app that deploys them (minimal)',
      },
      'package-manager': {
        value: 'NAME',
        choices: ['npm', 'pnpm', 'yarn'],
        description: 'what installs its packages (what the folder uses)',
      },
      language: {
        value: 'NAME',
        choices: ['typescript', 'javascript'],
        description: 'what the job types are written in (what the project is)',
      },
      yes: { short: 'y', description: 'do not ask' },
      'dry-run': { description: 'only show what would be done' },
    },
    load: async () => (await import('../commands/init-run.ts')).init,
  },
  {
    name: 'add job-type',
    group: 'this machine',
    summary: 'Creates the contract, the worker and the test of a job type in the app of this folder.',
    arguments: [{ name: 'name', description: 'its name, such as resize-image' }],
    options: { 'dry-run': { description: 'only show what would be done' } },
    load: async () => (await import('../commands/init-run.ts')).addJobType,
  },
];
