import { Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DeploymentContext } from '../deployment-context.ts';
import { DeploymentError } from '../deployment-error.ts';
import type { JobQueue } from '../job-queue.ts';
import { hasBudgets } from '../regions.ts';
import type { DelegationSettings } from '../settings.ts';
import { type AlarmPlan, callerAlarms, clockAlarms, eventAlarms, jobAlarms, webhookAlarms } from './alarm-plans.ts';
import { alarmTopic } from './alarm-topic.ts';
import { drawDashboard } from './dashboard.ts';
import type { JobMetrics } from './job-metrics.ts';

export interface MonitoringProps {
  readonly settings: Pick<DelegationSettings, 'alarms' | 'events' | 'metrics'>;
  readonly context: DeploymentContext;
  /** The dashboard's name is built from it. */
  readonly deploymentName: string;
  readonly metrics: JobMetrics;
  readonly apiId: string;
  readonly api: IFunction;
  readonly clock: IFunction;
  readonly sendsWebhooks: boolean;
  readonly workers: readonly { readonly queue: JobQueue; readonly function: IFunction }[];
}

/** The alarms with their topic; where metrics are counted by type, a dashboard whose first row shows whether the deployment is healthy. */
export class Monitoring extends Construct {
  /** Alarms are published here. */
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { alarms: settings } = props.settings;
    const { metrics } = props;
    this.topic = alarmTopic(this, settings, props.context);
    const plans = [
      ...jobAlarms(metrics, settings),
      ...clockAlarms(props.clock, metrics),
      ...(props.settings.events === undefined ? [] : eventAlarms(metrics)),
      ...(props.sendsWebhooks ? webhookAlarms(metrics) : []),
      ...callerAlarms(props.apiId, settings),
    ];
    const alarms = plans.map((plan) => this.createAlarm(plan, settings.runbookUrl));
    if (settings.monthlyUsd !== undefined && settings.email !== undefined) this.createBudget(settings.monthlyUsd, settings.email);
    if (props.settings.metrics === 'types') drawDashboard(this, { ...props, alarms });
  }

  private createAlarm(plan: AlarmPlan, runbookUrl: string): Alarm {
    const { metric, threshold, comparison = ComparisonOperator.GREATER_THAN_THRESHOLD, periods = 1, over = periods } = plan;
    const alarm = new Alarm(this, plan.id, {
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
    return alarm;
  }

  private createBudget(monthlyUsd: number, email: string): void {
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
}
