/** What `npm run doctor` is asked for, checked. */
import { parseArgs } from 'node:util';

export const doctorHelp = `npm run doctor -- [options]

Looks at the account, the region and the settings before a deploy, and at the deployment after it, and says what to do about what it
finds. It asks with your credentials, and writes nothing.

  -c, --config FILE   default delegation.config.ts
  --stage NAME        which of the deployments in it, when there are several
  --region NAME       default AWS_REGION, AWS_DEFAULT_REGION, or the profile's
  --profile NAME      default AWS_PROFILE
  --json              for machines: {"account", "region", "findings": [{"group", "check", "status", "found", "advice", "commands", "lacks"}]}
  --redact            without the account's number, to show to others

DELEGATION_TOKEN, where callers bring tokens: one of yours, which is tried.
Exit code: 0 without a problem (warnings are none), 1 with one, 2 when the options are wrong.
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
