/**
 * What becomes of each command block of the docs: it runs, with stand-ins for what its reader fills in, or it is left out for a reason.
 * A block is named by its page and its first command. All run at the same time, beside other tests on the stage:
 * what they do to job types, queues and tables must not be seen by others. Variables that stand-ins may use are in
 * commands.test.ts; a stand-in replaces a piece of the block's text, and what is left in angle brackets or with an ellipsis fails.
 */
import { alarmHistory, firstDeployPlans } from './first-deploy-plans.ts';

export interface Run {
  /** Text of the block by what replaces it. */
  readonly standIns?: Readonly<Record<string, string>>;
  /** Commands of the block that the emulated account cannot do, by the reason. */
  readonly lacks?: Readonly<Record<string, string>>;
  /** Makes what the block needs; in the same shell. */
  readonly before?: string;
  /** Judges what the block did: fails, or takes back what others would notice. */
  readonly after?: string;
  /** What it prints. */
  readonly prints?: RegExp;
  /** Needs the local mode (`$LOCAL`), or the repository as its folder. */
  readonly needs?: 'local mode' | 'repository';
}

export type Plan = Run | { readonly leftOut: string };

const deploys = { leftOut: 'test/deploy/run.ts bootstraps and deploys' };
const stage = { '--stack-name Delegation': '--stack-name Delegation-test' };

export const plans: Readonly<Record<string, Plan>> = {
  ...firstDeployPlans,

  'README.md: npm ci && npm run demo': { leftOut: 'test/e2e/demo.test.ts runs the demo' },
  'README.md: npm ci && npm test': { leftOut: '.ci/run begins with it' },
  'README.md: npm start': { leftOut: 'test/e2e/local-mode.test.ts starts and stops it' },
  'README.md: curl -i http://127.0.0.1:8787/v1/jobs \\': {
    needs: 'local mode',
    standIns: { 'http://127.0.0.1:8787': '$LOCAL' },
    prints: /^HTTP\/1.1 202/,
  },
  'README.md: npx cdk bootstrap && npm run doctor && npx cdk deploy': deploys,
  'README.md: curl --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\': {
    prints: /"run-query"/,
  },

  'docs/ci-cd.md: npx cdk bootstrap aws://123456789012/eu-central-1 --cloudformation-execution-policies arn:aws:iam::123456789012:policy/DelegationDeploy':
    deploys,
  'docs/ci-cd.md: npm run -s doctor -- --json -c prod.config.ts |': {
    leftOut: 'doctor-before.test.ts and doctor-after.test.ts run the doctor, and jq need not be installed',
  },
  'docs/ci-cd.md: STACK=Delegation-prod': {
    standIns: { 'STACK=Delegation-prod': 'STACK=Delegation-test' },
    prints: /arn:aws:cloudwatch:\S+ServerErrors/,
  },
  'docs/ci-cd.md: npx cdk drift --fail -c config=prod.config.ts': { leftOut: 'the emulated account detects no drift' },

  'docs/cost.md: npm run cost -- --jobs 1000000 --type write-batch --seconds 0.1': { needs: 'repository', prints: /^Total/m },
  'docs/cost.md: npm run cost -- --region eu-west-1': { needs: 'repository', prints: /eu-west-1/ },

  'docs/deploy.md: npm ci': deploys,
  'docs/deploy.md: URL=https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com': {
    standIns: { 'URL=https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com': 'URL=$URL' },
    after: 'aws iam get-user-policy --user-name ann --policy-name call-delegation --query PolicyDocument.Statement[0].Resource',
    prints: /"arn:aws:execute-api:us-east-1:000000000000:[a-z0-9]+\/\*"/,
  },
  'docs/deploy.md: call() {': { prints: /^HTTP\/\S+ 202/ },
  'docs/deploy.md: call "$URL/v1/jobs/job_…"': { standIns: { 'job_…': '$JOB' }, prints: /"status":"succeeded".*"rows".*"resultSchema"/s },
  [`docs/deploy.md: curl -sS "$(call -o /dev/null -w '%{redirect_url}' "$URL/v1/jobs/job_…/result")"`]: {
    standIns: { 'job_…': '$LARGE_JOB' },
    prints: /"rowCount":500/,
  },
  'docs/deploy.md: download() {': {
    standIns: { 'job_…': '$LARGE_JOB' },
    // A small result is in the answer itself; a refusal is kept and fails.
    after: `grep -c '"rowCount":500' result.json
download "$URL/v1/jobs/$JOB/result" small.json && cat small.json
! download "$URL/v1/jobs/none/result" refused.json && grep job-not-found refused.json`,
    prints: /^1$.*"rows":\[\["3"\]\].*job-not-found/ms,
  },
  'docs/deploy.md: call "$URL/v1/jobs?limit=20&since=2026-12-01T06%3A00%3A00Z&status=failed&tag=team%3Adata&type=run-query"': {
    prints: /^\{"jobs":\[/,
  },
  'docs/deploy.md: curl -i "$URL/v1/jobs" -H "Authorization: Bearer $TOKEN" -H \'Content-Type: application/json\' -d \'…\'': {
    standIns: { $URL: '$TOKENS_URL', "'…'": `'{"type":"probe","input":{"act":"succeed"}}'` },
    prints: /^HTTP\/\S+ 202/,
  },
  'docs/deploy.md: STACK=Delegation': {
    // Of the stage whose alarms no other test looks at. The emulator's history has changes of the state and no actions, so nothing here shows that one was done.
    standIns: { 'STACK=Delegation ': 'STACK=Delegation-tokens ' },
    after: alarmHistory,
    prints: /^\[\]\s+Alarm updated from \w+ to ALARM/,
  },
  'docs/deploy.md: aws budgets create-budget --account-id "$(aws sts get-caller-identity --query Account --output text)" \\': {},
  'docs/deploy.md: npm run doctor': { leftOut: 'test/deploy/doctor-before.test.ts and doctor-after.test.ts run the doctor' },
  'docs/deploy.md: npx cdk diff': { leftOut: 'test/deploy/deployment.test.ts deploys a change' },
  'docs/deploy.md: npx cdk deploy Delegation-test': deploys,
  'docs/deploy.md: aws lambda get-account-settings --query AccountLimit.ConcurrentExecutions': { prints: /^\d+$/m },
  'docs/deploy.md: npx cdk destroy': { leftOut: 'test/deploy/destroy.test.ts destroys' },
  'docs/deploy.md: aws cloudformation list-stack-resources --stack-name Delegation --output text --query \\': {
    standIns: stage,
    prints: /AWS::DynamoDB::GlobalTable\s+Delegation-test-/,
  },
  'docs/deploy.md: aws dynamodb delete-table --table-name <table>': {
    before: `aws dynamodb create-table --table-name left --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH
aws s3 mb s3://left-bucket && echo left | aws s3 cp - s3://left-bucket/payloads/left
KEY=$(aws kms create-key --query KeyMetadata.KeyId --output text)`,
    standIns: { '<table>': 'left', '<bucket>': 'left-bucket', '<key>': '"$KEY"' },
    prints: /remove_bucket: left-bucket.*PendingDeletion/s,
  },

  [`docs/http-api.md: printf 'city,people\\nBern,134794\\nBasel,173863\\n' > cities.csv`]: {
    needs: 'local mode',
    standIns: { 'http://127.0.0.1:8787': '$LOCAL' },
    prints: /"status":"succeeded".*"rows":\[\["Bern"\]\]/s,
  },

  'docs/index.md: npm ci && npm run demo': { leftOut: 'test/e2e/demo.test.ts runs the demo' },
  'docs/index.md: curl -i http://127.0.0.1:8787/v1/jobs \\': {
    needs: 'local mode',
    standIns: { 'http://127.0.0.1:8787': '$LOCAL', '"my-first-job"': '"first-query"' },
    prints: /^HTTP\/1.1 202/,
  },
  'docs/index.md: npx cdk bootstrap && npm run doctor && npx cdk deploy': deploys,

  'docs/local-mode.md: export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1': {
    needs: 'local mode',
    prints: /"Count": \d+/,
  },

  'docs/runbook.md: STACK=Delegation': {
    standIns: { 'STACK=Delegation ': 'STACK=Delegation-test ' },
    after: 'resources AWS::SQS::Queue\nswitch run-query active',
    prints: /DeadLetter.*"state":"active"/s,
  },
  'docs/runbook.md: LOG=$(aws lambda get-function-configuration --function-name <name> --query LoggingConfig.LogGroup --output text)': {
    before: `STACK=Delegation-tokens\nCLOCK=$(resources AWS::Lambda::Function | grep Clock | cut -f2)`,
    standIns: { '<name>': '"$CLOCK"' },
    prints: /"SystemLogLevel": "INFO",\s+"LogGroup": "\/aws\/cloudformation\/Delegation-tokens\/DelegationClockLogs/,
  },
  'docs/runbook.md: resources AWS::Events::Rule': {
    before: `RULE=$(resources AWS::Events::Rule | cut -f2)\nCLOCK=$(resources AWS::Lambda::Function | grep Clock | cut -f2)`,
    standIns: { 'describe-rule --name <that name>': 'describe-rule --name "$RULE"', '<that name>': '"$CLOCK"' },
    prints: /"ENABLED".*"woken"/s,
  },
  'docs/runbook.md: aws lambda get-account-settings --query AccountLimit.ConcurrentExecutions': { prints: /^\d+$/m },
  'docs/runbook.md: resources AWS::SQS::Queue | grep DeadLetter': {
    before: `DEAD=$(resources AWS::SQS::Queue | grep -i 'runquery.*DeadLetter' | cut -f2)
aws sqs send-message --queue-url "$DEAD" --message-body '{"job":"job_1"}' --message-attributes 'reason={DataType=String,StringValue=worker_crashed}'`,
    standIns: { '<that URL>': '"$DEAD"' },
    prints: /worker_crashed\s+\{"job":"job_1"\}/,
  },
  'docs/runbook.md: aws sqs start-message-move-task --source-arn <ARN of the dead-letter queue>': {
    lacks: { 'aws sqs start-message-move-task': 'the emulator does not know it' },
    before: `DEAD=$(resources AWS::SQS::Queue | grep -i 'writebatch.*DeadLetter' | cut -f2)`,
    standIns: { '<ARN of the dead-letter queue>': '', '<URL of the dead-letter queue>': '"$DEAD"' },
  },
  'docs/runbook.md: aws ec2 describe-instances --filters Name=tag-key,Values=delegation:job Name=instance-state-name,Values=pending,running \\':
    {
      prints: /^$|i-/,
    },

  'docs/upgrade.md: git pull': { leftOut: 'it is the repository itself; each of its commands is run by .ci/run' },
  [`docs/upgrade.md: call -X PUT "$URL/v1/job-types/run-query/state" -H 'Content-Type: application/json' -d '{"state":"draining"}'`]: {
    standIns: { 'run-query': 'terminate-instances' },
    after: 'switch terminate-instances active',
    prints: /"state":"draining".*"state":"active"/s,
  },
  'docs/upgrade.md: TABLE=$(aws cloudformation list-stack-resources --stack-name Delegation --output text \\': {
    standIns: stage,
    prints: /^(0\n){32}$/,
  },
  'docs/upgrade.md: git checkout <the commit before>': { leftOut: 'it is the repository itself; test/deploy/run.ts deploys' },
  'docs/upgrade.md: restored() {': {},
  'docs/upgrade.md: aws dynamodb restore-table-to-point-in-time --source-table-name "${TABLE:?}" --target-table-name "${TABLE:?}-restored" \\':
    {
      standIns: {
        'job_…': `'"$LOST_JOB"'`,
        // As if the record had been lost since.
        'restored "${TABLE:?}-restored" &&': `restored "\${TABLE:?}-restored" && aws dynamodb delete-item --table-name "$TABLE" --key '{"id":{"S":"'"$LOST_JOB"'"}}' &&`,
      },
      after: 'call "$URL/v1/jobs/$LOST_JOB"',
      prints: /"succeeded"/,
    },
  "docs/upgrade.md: aws events disable-rule --name <the clock's rule>": {
    before: `STACK=Delegation-tokens
RULE=$(resources AWS::Events::Rule | cut -f2)
WORKER=$(aws lambda list-event-source-mappings --query "EventSourceMappings[?contains(FunctionArn, 'Delegation-tokens')].UUID | [0]" --output text)
TABLE=gone
aws dynamodb create-table --table-name gone --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH
BACKUP=$(aws dynamodb create-backup --table-name gone --backup-name last --query BackupDetails.BackupArn --output text)
aws dynamodb delete-table --table-name gone`,
    standIns: { "<the clock's rule>": '"$RULE"', '<that of each worker>': '"$WORKER"', '<ARN>': '"$BACKUP"' },
    after: `aws lambda update-event-source-mapping --uuid "$WORKER" --enabled
aws events enable-rule --name "$RULE"
aws dynamodb delete-table --table-name gone`,
    prints: /"PointInTimeRecoveryStatus": "ENABLED"/,
  },
};
