/** Options that several commands take, and what their help says in the same words. */
import type { CommandOption } from './command.ts';

/** Options of every command. */
export const commonOptions: Readonly<Record<string, CommandOption>> = {
  'no-color': { description: 'print without colours, as NO_COLOR=1 does' },
  help: { description: 'print this', short: 'h' },
};

/** Options of every command that prints what the API answered. */
export const fieldOption: Readonly<Record<string, CommandOption>> = {
  json: {
    value: 'FIELDS',
    description: "print the API's JSON, unchanged; with FIELDS, such as id,status,reason.code, these members alone",
  },
};

/** Options of every command that calls the API: which one, and as whom. */
export const targetOptions: Readonly<Record<string, CommandOption>> = {
  url: { value: 'URL', description: 'the API to call (DELEGATION_URL); `delegation whoami` says which one is taken without it' },
  profile: { value: 'NAME', description: 'a profile of yours (DELEGATION_PROFILE)' },
  region: { value: 'REGION', description: 'sign for this region of AWS, where the address names none' },
  'token-command': { value: 'COMMAND', description: 'send the token that this command prints (DELEGATION_TOKEN is a token itself)' },
};

/** The option of every command that one request can stand for. */
export const curlOption: Readonly<Record<string, CommandOption>> = {
  curl: { description: 'print the first request as a curl command, and send nothing' },
};

/** Options that select jobs, of lists and of actions on many. */
export const filterOptions: Readonly<Record<string, CommandOption>> = {
  status: { value: 'STATUS', description: 'jobs of this status, or of several, separated by commas', isRepeated: true },
  type: { value: 'TYPE', description: 'jobs of this type, or of several', isRepeated: true },
  tag: { value: 'NAME=VALUE', description: 'jobs with this tag; repeat it for several, all of which must be there', isRepeated: true },
  since: { value: 'TIME', description: 'accepted at or after this: ISO 8601, or how long ago, such as 1h or 7d' },
  until: { value: 'TIME', description: 'accepted at or before this' },
};

/** How a job is named. */
export const idHelp = 'the id of the job, the beginning of one, or @last: the last job that you submitted here';

/** How an input is written. */
export const inputHelp =
  'NAME=TEXT, NAME=@FILE with a text and NAME:=JSON for members of an object (a.b=c for one within another), JSON, @FILE with JSON, or - for standard input';
