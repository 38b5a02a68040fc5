import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import {
  Alarm,
  AlarmStatusWidget,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  SingleValueWidget,
  Stats,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { type MetricName, metricNamespace } from '../lambdas/core/control/metrics.ts';
import type { DeploymentContext } from './deployment-context.ts';
import { DeploymentError } from './deployment-error.ts';
import type { JobQueue } from './job-queue.ts';
import { hasBudgets } from './regions.ts';
import type { DelegationSettings } from './settings.ts';

export interface MonitoringProps {
  readonly settings: Pick<DelegationSettings, 'alarms'>;
  readonly context: DeploymentContext;
  /** Name of the deployment in its metrics; the dashboard's name is built from it. */
  readonly deploymentName: string;
  readonly apiId: string;
  readonly api: IFunction;
  readonly clock: IFunction;
  readonly workers: readonly { readonly queue: JobQueue; readonly function: IFunction }[];
}

interface AlarmPlan {
  readonly metric: IMetric;
  readonly threshold: number;
  readonly comparison?: ComparisonOperator;
  /** The number of periods that are evaluated. */
  readonly periods?: number;
  /** The number of these periods that must be over the threshold. @default all */
  readonly over?: number;
  readonly missing?: TreatMissingData;
  /** The meaning and the first thing to do, in a sentence or two. */
  readonly meaning: string;
  /** The anchor of the heading in the runbook. */
  readonly runbook: string;
}

/** The alarms with their topic, and a dashboard whose first row shows whether the deployment is healthy. */
export class Monitoring extends Construct {
  /** Alarms are published here. */
  readonly topic: Topic;
  private readonly alarms: Alarm[] = [];
  private readonly props: MonitoringProps;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    this.props = props;
    const { settings, context } = props;
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Delegation: alarms',
      enforceSSL: true,
      ...(context.key === undefined ? {} : { masterKey: context.key }),
    });
    // Refusing plain HTTP needs a policy, which replaces SNS's default one, and with it the permission of the account's alarms to publish.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (settings.alarms.email !== undefined) {
      const mail = this.topic.addSubscription(new EmailSubscription(settings.alarms.email));
      Validations.of(mail).acknowledge({
        id: 'Serverless::Serverless-SNSRedrivePolicy',
        reason: 'A mail that cannot be delivered loses no work: the alarm stays red on the dashboard.',
      });
    }
    this.watchDeployment();
    for (const { queue, function: worker } of props.workers) this.watchType(queue, worker);
    this.watchSpending();
    this.draw();
  }

  private watchDeployment(): void {
    const { settings, clock, apiId } = this.props;
    const { failurePercent, lostWorkers, throttledInvocations, serverErrors } = settings.alarms;
    this.alarm('Failures', {
      metric: this.ofDeployment('Failed', Stats.AVERAGE, 5),
      threshold: failurePercent / 100,
      periods: 3,
      over: 2,
      meaning: `More than ${failurePercent} % of the jobs that end fail. Look for the error code that most of them have.`,
      runbook: 'failures',
    });
    this.alarm('LostWorkers', {
      metric: this.ofDeployment('WorkersLost', Stats.SUM, 15),
      threshold: lostWorkers,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      meaning: 'Workers die or freeze in the middle of jobs: out of memory, out of time, or code that ends its process.',
      runbook: 'lost-workers',
    });
    this.alarm('ClockStopped', {
      metric: clock.metricInvocations({ period: Duration.minutes(5), statistic: Stats.SUM }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
      meaning:
        'The clock has not run for five minutes: delayed jobs do not start, and lost ones are not rescued. Nothing is lost meanwhile.',
      runbook: 'clock',
    });
    this.alarm('ClockFails', {
      metric: clock.metricErrors({ period: Duration.minutes(5), statistic: Stats.SUM }),
      threshold: 3,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      meaning: 'Most runs of the clock fail: delayed jobs may not start, and lost ones may not be rescued. Nothing is lost meanwhile.',
      runbook: 'clock',
    });
    this.alarm('ClockLag', {
      metric: this.ofDeployment('ClockLag', Stats.MAXIMUM, 5),
      threshold: 600_000,
      periods: 2,
      meaning: 'Jobs wait for the clock for more than ten minutes: it fails, or has more to do than it can handle.',
      runbook: 'clock',
    });
    this.alarm('Throttles', {
      // Without a dimension it counts all functions of the account in this region, since they share one limit.
      metric: new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: Stats.SUM, period: Duration.minutes(5) }),
      threshold: throttledInvocations,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      meaning: 'The account’s functions are throttled. Jobs only wait, but callers may get errors.',
      runbook: 'throttles',
    });
    this.alarm('ServerErrors', {
      metric: new Metric({
        namespace: 'AWS/ApiGateway',
        metricName: '5xx',
        dimensionsMap: { ApiId: apiId },
        statistic: Stats.SUM,
        period: Duration.minutes(5),
      }),
      threshold: serverErrors,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      meaning: 'Callers get 500 or 503. Jobs that were answered with 202 are safe.',
      runbook: 'server-errors',
    });
  }

  private watchType({ type, queue, deadLetterQueue }: JobQueue, worker: IFunction): void {
    const { oldestMessageMinutes, lostWorkers } = this.props.settings.alarms;
    this.alarm(`WorkerErrors-${type}`, {
      // If a worker does not start, no job counts as lost, and SQS stops counting the age of a message after three receives.
      metric: worker.metricErrors({ period: Duration.minutes(15), statistic: Stats.SUM }),
      threshold: lostWorkers,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      meaning: `Workers of ${type} do not start, or end in the middle: a broken bundle, a missing setting, out of memory or time.`,
      runbook: 'lost-workers',
    });
    this.alarm(`DeadLetters-${type}`, {
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: Stats.MAXIMUM }),
      threshold: 0,
      meaning: `Messages of ${type} could not be handled and were moved to the dead-letter queue. Their jobs say why; jobs themselves are never in a queue.`,
      runbook: 'dead-letters',
    });
    this.alarm(`OldestMessage-${type}`, {
      metric: queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5), statistic: Stats.MAXIMUM }),
      threshold: oldestMessageMinutes * 60,
      periods: 2,
      meaning: `Jobs of ${type} wait for more than ${oldestMessageMinutes} minutes for a worker: more come in than are completed.`,
      runbook: 'oldest-message',
    });
  }

  private watchSpending(): void {
    const { email, monthlyUsd } = this.props.settings.alarms;
    if (monthlyUsd === undefined || email === undefined) return;
    const { region } = Stack.of(this);
    if (!hasBudgets(region))
      throw new DeploymentError(
        `The setting alarms.monthlyUsd creates a budget, which CloudFormation does not support in ${region}. Leave it out, and create the budget with the command in docs/deploy.md, "A budget elsewhere".`,
      );
    const notify = (notificationType: string) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold: 100, thresholdType: 'PERCENTAGE' },
      subscribers: [{ subscriptionType: 'EMAIL', address: email }],
    });
    new CfnBudget(this, 'Budget', {
      budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: monthlyUsd, unit: 'USD' } },
      notificationsWithSubscribers: [notify('ACTUAL'), notify('FORECASTED')],
    });
  }

  private alarm(id: string, plan: AlarmPlan): void {
    const { metric, threshold, comparison = ComparisonOperator.GREATER_THAN_THRESHOLD, periods = 1, over = periods } = plan;
    const { runbookUrl } = this.props.settings.alarms;
    const alarm = new Alarm(this, id, {
      metric,
      threshold,
      comparisonOperator: comparison,
      evaluationPeriods: periods,
      datapointsToAlarm: over,
      treatMissingData: plan.missing ?? TreatMissingData.NOT_BREACHING,
      alarmDescription: `${plan.meaning} What to do: ${runbookUrl}#${plan.runbook}`,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    this.alarms.push(alarm);
  }

  /** Draws ten metrics for each type, so that four types stay within the 50 of a free dashboard; the alarms cover dead letters and throttles. */
  private draw(): void {
    const { workers, api, apiId } = this.props;
    // Dashboards are global to an account: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
    const dashboardName = `${this.props.deploymentName}-${Stack.of(this).region}`;
    const dashboard = new Dashboard(this, 'Dashboard', { dashboardName });
    dashboard.addWidgets(
      new AlarmStatusWidget({ title: 'Health', alarms: this.alarms, width: 10, height: 6 }),
      new SingleValueWidget({
        title: 'Jobs ended, in this range',
        metrics: [
          this.ofDeployment('Succeeded', Stats.SUM, 5, 'succeeded'),
          this.ofDeployment('Failed', Stats.SUM, 5, 'failed'),
          this.ofDeployment('WorkersLost', Stats.SUM, 5, 'workers lost'),
          this.ofDeployment('LostSendsRecovered', Stats.SUM, 5, 'lost sends recovered'),
        ],
        setPeriodToTimeRange: true,
        width: 6,
        height: 6,
      }),
      new GraphWidget({
        title: 'API: responses and durations',
        left: ['Count', '4xx', '5xx'].map(
          (metricName) =>
            new Metric({
              namespace: 'AWS/ApiGateway',
              metricName,
              dimensionsMap: { ApiId: apiId },
              statistic: Stats.SUM,
              period: Duration.minutes(5),
            }),
        ),
        right: [api.metricDuration({ statistic: 'p95', period: Duration.minutes(5), label: 'p95, ms' })],
        width: 8,
        height: 6,
      }),
    );
    for (const { queue, function: worker } of workers) {
      const of = (name: MetricName, statistic: string, label: string) => this.ofType(queue.type, name, statistic, label);
      dashboard.addWidgets(
        new TextWidget({ markdown: `## ${queue.type}`, width: 24, height: 1 }),
        new GraphWidget({
          title: 'Jobs',
          left: [
            of('Accepted', Stats.SUM, 'accepted'),
            of('Succeeded', Stats.SUM, 'succeeded'),
            of('Failed', Stats.SUM, 'failed'),
            of('Retried', Stats.SUM, 'retried'),
          ],
          width: 6,
        }),
        new GraphWidget({
          title: 'Waiting time, ms',
          left: [of('TimeToStart', 'p95', 'to start, p95'), of('TimeToFinish', 'p95', 'to end, p95')],
          width: 6,
        }),
        new GraphWidget({
          title: 'Queue',
          left: [queue.queue.metricApproximateNumberOfMessagesVisible({ label: 'waiting' })],
          right: [queue.queue.metricApproximateAgeOfOldestMessage({ label: 'oldest, s' })],
          width: 6,
        }),
        new GraphWidget({
          title: 'Worker errors',
          left: [worker.metricErrors({ label: 'errors' })],
          width: 6,
        }),
      );
    }
  }

  private ofDeployment(metricName: MetricName, statistic: string, minutes: number, label?: string): Metric {
    const dimensionsMap = { stage: this.props.deploymentName };
    const period = Duration.minutes(minutes);
    return new Metric({
      namespace: metricNamespace,
      metricName,
      dimensionsMap,
      statistic,
      period,
      ...(label === undefined ? {} : { label }),
    });
  }

  private ofType(type: string, metricName: MetricName, statistic: string, label: string): Metric {
    const dimensionsMap = { stage: this.props.deploymentName, type };
    return new Metric({ namespace: metricNamespace, metricName, dimensionsMap, statistic, period: Duration.minutes(5), label });
  }
}
