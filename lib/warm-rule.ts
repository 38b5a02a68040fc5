import { Duration, Validations } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { warmEvent, warmEveryMinutes } from '../lambdas/warm-event.ts';

/** The rule that keeps one environment of a function warm. It may invoke the function, and no other rule may. */
export class WarmRule extends Construct {
  constructor(scope: Construct, id: string, target: LambdaFunction) {
    super(scope, id);
    // An event that fails, or that waits in Lambda's own queue, is of no use any more when the next one comes.
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    target.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    const rule = new Rule(this, 'Schedule', {
      description: "Delegation: keeps the API's function warm",
      schedule: Schedule.rate(Duration.minutes(warmEveryMinutes)),
      targets: [new LambdaTarget(target, { event: RuleTargetInput.fromObject(warmEvent), retryAttempts: 0 })],
    });
    const reason = 'Nothing is lost with one of these events, and the next one makes up for it.';
    Validations.of(target).acknowledge({ id: 'Serverless::Serverless-LambdaAsyncFailureDestination', reason });
    Validations.of(rule).acknowledge({ id: 'Serverless::Serverless-EventBusDLQ', reason });
  }
}
