import { isHealthAgent, isHealthPath } from '../../../../report/routes/health-check.ts';

it.each([
  '/health',
  '/healthz',
  '/Health',
  '/ping',
  '/status/live',
  '/health/ready',
  '/actuator/health',
  '/actuator/health/liveness',
  '/api/v1/ping',
  '/q/health',
])('%s is a usual path of health checks', (path) => expect(isHealthPath(path)).toBe(true));

it.each([
  '/',
  '/orders',
  '/health-insurance',
  '/patients/17/health/records',
  '/status',
  '/v1/a/b/ping',
  '/pingpong',
  `/${'a'.repeat(90)}/ping`,
])('%s is none', (path) => expect(isHealthPath(path)).toBe(false));

it('recognises the agents of load balancers, orchestrators and clouds', () => {
  for (const agent of ['ELB-HealthChecker/2.0', 'kube-probe/1.29', 'GoogleHC/1.0', 'Amazon-Route53-Health-Check-Service (ref …)']) {
    expect(isHealthAgent(agent)).toBe(true);
  }
  for (const agent of ['Mozilla/5.0', 'okhttp/4.12.0', '']) expect(isHealthAgent(agent)).toBe(false);
});
