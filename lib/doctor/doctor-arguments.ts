/** The command line of `npm run doctor`, validated. */
import { parseArgs } from 'node:util';

export const doctorHelp = `npm run doctor -- [options]

Checks the account, the region and the settings before a deploy, and the deployment after it, and says what to do about what it
finds. It uses your credentials, and writes nothing.

  -c, --config FILE   default delegation.config.ts
  --stage NAME        which of the deployments in it, if there are several
  --region NAME       default AWS_REGION, AWS_DEFAULT_REGION, or the profile's
  --profile NAME      default AWS_PROFILE
  --json              for scripts: {"account", "region", "findings": [{"group", "check", "status", "found", "advice", "commands", "lacks"}]}
  --redact            leaves out the account's number, to share the report

DELEGATION_TOKEN: if callers use tokens, a token of yours, with which one call is made.
Exit code: 0 without a problem (warnings do not count), 1 with one, 2 if the options are wrong.
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const options = {
  config: { ...text, short: 'c', default: 'delegation.config.ts' },
  stage: text,
  region: text,
  profile: text,
  json: flag,
  redact: flag,
  help: flag,
} as const;

/** @throws Error that names the option */
export const readArguments = (argv: readonly string[]) => parseArgs({ args: [...argv], options, strict: true }).values;
