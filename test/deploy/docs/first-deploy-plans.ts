/** What becomes of the command blocks of the checklist for a first deploy: those that need no stage of their own run on the one under test. */
import type { Plan } from './plans.ts';

const page = 'docs/first-deploy-checklist.md';
const doctor: Plan = { leftOut: 'test/deploy/doctor-before.test.ts and doctor-after.test.ts run the doctor' };
const deploys: Plan = { leftOut: 'test/deploy/run.ts bootstraps, deploys and destroys' };
const strain: Plan = { leftOut: 'the stage under test has no such job type; test/integration/examples/first-deploy.test.ts runs it' };

/** The changes of state of `$ALARM`. */
export const alarmHistory = `aws cloudwatch describe-alarm-history --alarm-name "$ALARM" --history-item-type StateUpdate --query 'AlarmHistoryItems[].HistorySummary' --output text`;

export const firstDeployPlans: Readonly<Record<string, Plan>> = {
  [`${page}: export AWS_REGION=eu-central-1`]: deploys,
  [`${page}: SUBNET=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true --query 'Subnets[0].SubnetId' --output text)`]: {
    after: 'echo "$SUBNET $TEMPLATE"\naws ec2 delete-launch-template --launch-template-id "$TEMPLATE"',
    prints: /^subnet-\w+ lt-\w+/,
  },
  [`${page}: npm run doctor -- -c "$CONFIG"`]: doctor,
  [`${page}: npx cdk deploy "\${STACK:?}" -c config="\${CONFIG:?}" --require-approval never`]: deploys,
  [`${page}: npm run doctor -- -c "$CONFIG" (2)`]: doctor,
  [`${page}: eval "$(aws configure export-credentials --format env)"`]: {
    after: 'function_of Clock',
    prints: /^Delegation-test-DelegationClock/,
  },
  [`${page}: job '{"type": "strain", "input": {"act": "look"}}'`]: strain,
  [`${page}: job '{"type": "run-query", "input": {"sql": "SELECT i, i * i AS square FROM n, range(1000) t(i)", "sources": {"n": {"rows": [{"x": 1}]}}}}'`]:
    { prints: /^succeeded {2}queued,started,succeeded\n\{"columns":\[\{"name":"i",/ },
  [`${page}: job '{"type": "strain", "input": {"act": "sleep", "times": 20}}'`]: strain,
  [`${page}: job '{"type": "strain", "input": {"act": "die-once"}}'`]: strain,
  [`${page}: QUERY=$(aws logs describe-query-definitions --query-definition-name-prefix "$STACK/Warnings and errors" \\`]: {
    leftOut: 'the emulator knows no query definitions',
  },
  [`${page}: ALARM=$(aws cloudformation list-stack-resources --stack-name "\${STACK:?}" --output text --query \\`]: {
    // Of the stage whose alarms no other test looks at. The emulator's history has changes of the state and no actions, so nothing here shows that one was done.
    before: 'STACK=Delegation-tokens',
    standIns: { 'sleep 30': 'sleep 1' },
    after: alarmHistory,
    prints: /^\s*Alarm updated from \w+ to ALARM/,
  },
  [`${page}: job "{\\"type\\": \\"launch-instances\\", \\"input\\": {\\"launchTemplate\\": {\\"id\\": \\"$TEMPLATE\\"}, \\"subnetIds\\": [\\"$SUBNET\\"], \\"timeToLiveSeconds\\": 60}}"`]:
    { leftOut: 'the stage under test allows no template; test/e2e/work.test.ts launches' },
  [`${page}: sleep 120`]: { standIns: { 'sleep 120': 'sleep 0' } },
  [`${page}: DRIFT=$(aws cloudformation detect-stack-drift --stack-name "$STACK" --query StackDriftDetectionId --output text)`]: {
    prints: /DETECTION_COMPLETE/,
  },
  [`${page}: TABLE=$(aws cloudformation list-stack-resources --stack-name "\${STACK:?}" --output text --query \\`]: {
    // Another block restores the table of the first stage at the same time.
    before: 'STACK=Delegation-tokens',
    prints: /^(CREATING|ACTIVE)\n.*\n.*\n\d+\nDELETING\n$/,
  },
  [`${page}: (`]: { leftOut: 'it deploys in a second region; the template of each is tested in test/stack' },
  [`${page}: npm run doctor -- -c "$CONFIG" (3)`]: doctor,
  [`${page}: npx cdk destroy "\${STACK:?}" -c config="\${CONFIG:?}" --force`]: deploys,
  [`${page}: aws logs describe-log-groups --log-group-name-prefix "/aws/lambda/\${STACK:?}-CustomS3AutoDelete" --query 'logGroups[].logGroupName' --output text |`]:
    {
      // One to be deleted, beside one of the same stack, and one of CDK's in a stack whose name starts the same.
      before: `STACK=left
for name in left-CustomS3AutoDeleteObjects-1 left-Worker-1 left-over-CustomS3AutoDeleteObjects-1; do
  aws logs create-log-group --log-group-name "/aws/lambda/$name"
done`,
      after: `aws logs describe-log-groups --log-group-name-prefix /aws/lambda/left --query 'logGroups[].logGroupName' --output text`,
      prints: /^\/aws\/lambda\/left-Worker-1\s+\/aws\/lambda\/left-over-CustomS3AutoDeleteObjects-1\n$/,
    },
};
