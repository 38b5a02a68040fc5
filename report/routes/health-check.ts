/** What asks whether a service lives: no work that could be delegated. Whether a path is a health check of one service is decided over the whole log; this is the list of usual names. */

const names = new Set(
  (
    'health healthz healthcheck health-check health_check healthy heartbeat ping pong alive live livez liveness ready readyz readiness startupz ' +
    'lbcheck lb-status elb-status up status-check _health __health __heartbeat__ __lbheartbeat__ server-status nginx_status stub_status'
  ).split(' '),
);
/** The last two segments of paths such as `/health/live`, `/status/ready`, `/actuator/health`, `/actuator/health/liveness`, `/q/health`. */
const usualEnding =
  /(?:^|\/)(?:health|healthz|status|actuator|q|probe|probes|-|_)\/(?:health|live|liveness|alive|ready|readiness|started|startup|ping)$/;
/** The last segments of all of these: most paths are refused by one look. */
const lastWords = new Set([...names, ...'health live liveness alive ready readiness started startup ping'.split(' ')]);
/** AWS load balancers and Route 53, Kubernetes, Google Cloud, Azure, and uptime services. */
const probes =
  /^(?:ELB-HealthChecker|Amazon-Route53-Health-Check-Service|kube-probe|GoogleHC|Load Balancer Agent|UptimeRobot|Pingdom|Better Uptime|StatusCake|Consul Health Check|HAProxy)|UptimeRobot|Pingdom\.com_bot|GoogleStackdriverMonitoring-UptimeChecks/i;

/** Whether a path is a usual one of health checks, such as `/healthz` or `/status/live`. Prefixes of up to two segments (`/api/v1/ping`) are allowed. */
export function isHealthPath(path: string): boolean {
  if (path.length > 80 || !lastWords.has(path.slice(path.lastIndexOf('/') + 1).toLowerCase())) return false;
  const segments = path.toLowerCase().split('/').filter(Boolean);
  const last = segments.at(-1);
  return last !== undefined && segments.length <= 4 && ((names.has(last) && segments.length <= 3) || usualEnding.test(segments.join('/')));
}

/** Whether a user agent is a prober of load balancers, orchestrators or uptime services, such as `ELB-HealthChecker/2.0`. */
export function isHealthAgent(userAgent: string): boolean {
  return probes.test(userAgent);
}
