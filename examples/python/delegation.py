"""A client for Delegation's HTTP API: submit a job, wait for it, read its result exactly.

Copy this file into an app. It needs `httpx`, and `botocore` where requests are signed. The names are those of the API's OpenAPI document
(`GET /openapi.json`), which describes the rest; a member that is missing here is in the answer all the same.
"""

import json
import random
import time
import uuid
from collections.abc import Generator, Iterator, Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any, NotRequired, Self, TypedDict, Unpack
from urllib.parse import quote

import httpx

# No room for now, or a gateway that reached nothing: the same request may succeed later.
REPEATABLE = frozenset({429, 500, 502, 503, 504})
# Seconds. Where the API asks for a longer pause, the caller hears so at once, and decides.
MAX_PAUSE = 60


class JobError(TypedDict):
    code: str
    message: str
    retryable: bool
    details: NotRequired[Mapping[str, Any]]


class Job(TypedDict):
    """A job, as `GET /v1/jobs/{id}` shows it (`Job` in the document); these are the members that are read here."""

    id: str
    type: str
    status: str
    result: Any
    error: JobError | None
    finishedAt: str | None
    links: Mapping[str, str | None]


class SubmitOptions(TypedDict, total=False):
    """Members of a submission besides `type` and `input`. Times are ISO-8601."""

    startAt: str
    delaySeconds: int
    deadline: str
    maxAttempts: int
    tags: Mapping[str, str]
    after: list[str]
    uniqueKey: str
    webhookUrl: str


class Problem(Exception):
    """The API refused a request (RFC 9457). Compare `code`, which is stable: docs/problems.md lists them."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.code: str = body.get("code", "unknown")
        self.errors: list[Mapping[str, str]] = body.get("errors", [])
        self.retry_after = retry_after
        details = "".join(f"\n  {one.get('pointer', '')}: {one.get('detail', '')}" for one in self.errors)
        super().__init__(f"{status} {self.code}: {body.get('detail') or body.get('message') or 'no detail'}{details}")


class JobFailed(Exception):
    """The job ended without a result. `code` is that of its error, or `cancelled`."""

    def __init__(self, job: Job) -> None:
        error = job["error"]
        self.job = job
        self.code = error["code"] if error else job["status"]
        super().__init__(f"{job['id']} {job['status']}: {self.code}{': ' + error['message'] if error else ''}")


class StillRunning(Exception):
    """The waiting time is over. The job goes on: wait for it again by its id."""

    def __init__(self, job: Job) -> None:
        self.job = job
        super().__init__(f"{job['id']} is still {job['status']}.")


class SigV4(httpx.Auth):
    """Signs each request with the credentials that AWS's own tools find: environment, profile, or role.

    Names of their own (a custom domain) do not show the region, so `region` is needed for them.
    """

    requires_request_body = True

    def __init__(self, region: str | None = None) -> None:
        from botocore.session import Session

        session = Session()
        self._credentials = session.get_credentials()
        if self._credentials is None:
            raise ValueError("No AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
        self._region = region or session.get_config_variable("region")

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        host = request.url.host.split(".")
        region = host[2] if host[1:2] == ["execute-api"] else self._region
        if region is None:
            raise ValueError(f"{request.url.host} names no region: SigV4(region='eu-central-1').")
        unsigned = AWSRequest(request.method, str(request.url), {"Host": request.url.netloc.decode()}, request.content)
        SigV4Auth(self._credentials.get_frozen_credentials(), "execute-api", region).add_auth(unsigned)
        request.headers.update(dict(unsigned.headers.items()))
        yield request


class Delegation:
    """A deployment, or a local mode, which needs no `auth`. Close it, or use it in a `with` statement."""

    def __init__(self, url: str, auth: httpx.Auth | None = None, tries: int = 6) -> None:
        # Redirects lead to S3, which refuses a request with credentials of the API: httpx does not follow them unless it is asked to.
        self._api = httpx.Client(base_url=url, auth=auth, timeout=35)
        self._plain = httpx.Client(timeout=60)
        self._tries = tries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._api.close()
        self._plain.close()

    def submit(self, job_type: str, job_input: Any, *, key: str | None = None, **options: Unpack[SubmitOptions]) -> Job:
        """Submits a job, once: the same key gives the same job, also in another process. A key is made where there is none."""
        body = {"type": job_type, "input": job_input, **options}
        # A structured string (RFC 8941), as the draft of the header wants it.
        headers = {} if key is None else {"Idempotency-Key": json.dumps(key)}
        job: Job = parse_exact(self.request("POST", "/v1/jobs", body=body, headers=headers))
        return job

    def changes(self, job_id: str, timeout: float = 300) -> Iterator[Job]:
        """Gives the job as it is now, and again at each change, until its end. Asks when the API says to; unchanged answers are empty.

        Raises StillRunning after `timeout` seconds.
        """
        ends_at = time.monotonic() + timeout
        answer = self.request("GET", _job_path(job_id))
        job: Job = parse_exact(answer)
        yield job
        while job["finishedAt"] is None:
            left = ends_at - time.monotonic()
            if left <= 0:
                raise StillRunning(job)
            time.sleep(min(_retry_after(answer) or 1, left))
            answer = self.request("GET", _job_path(job_id), headers={"If-None-Match": answer.headers["ETag"]})
            if answer.status_code != httpx.codes.NOT_MODIFIED:
                job = parse_exact(answer)
                yield job

    def result(self, job_id: str, timeout: float = 300) -> Any:
        """Waits for the result, and reads it, also a large one from S3. Raises JobFailed, or StillRunning after `timeout` seconds."""
        *_, job = self.changes(job_id, timeout)
        if job["status"] != "succeeded":
            raise JobFailed(job)
        answer = self.request("GET", f"{_job_path(job_id)}/result")
        if answer.status_code == httpx.codes.SEE_OTHER:
            answer = self._plain.get(answer.headers["Location"]).raise_for_status()
        return parse_exact(answer)

    def cancel(self, job_id: str, reason: str | None = None) -> Job:
        """Cancels a job, or asks its worker to stop."""
        job: Job = parse_exact(self.request("POST", f"{_job_path(job_id)}/cancel", body={"reason": reason} if reason else {}))
        return job

    def request(self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Sends any request, and repeats it where that is safe and may help: what makes something carries a key. Raises Problem."""
        sent = {"Idempotency-Key": f'"{uuid.uuid4()}"'} if method == "POST" else {}
        content = None if body is None else json.dumps(body, allow_nan=False)
        sent |= {} if content is None else {"Content-Type": "application/json"}
        for number in range(1, self._tries + 1):
            try:
                answer = self._api.request(method, path, content=content, headers=sent | dict(headers or {}))
            except httpx.TransportError:
                if number == self._tries:
                    raise
                pause = None
            else:
                if not answer.is_error:
                    return answer
                pause = _retry_after(answer)
                if answer.status_code not in REPEATABLE or number == self._tries or (pause or 0) > MAX_PAUSE:
                    raise _problem(answer)
            time.sleep(pause if pause is not None else min(0.2 * 2**number, 20) * random.uniform(0.5, 1))
        raise ValueError("tries must be at least 1.")


def parse_exact(answer: httpx.Response) -> Any:
    """Parses without rounding: integers of any size are `int`, other numbers `Decimal`."""
    return json.loads(answer.content, parse_float=Decimal)


def _job_path(job_id: str) -> str:
    return f"/v1/jobs/{quote(job_id, safe='')}"


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None


def _problem(answer: httpx.Response) -> Problem:
    try:
        body = parse_exact(answer)
    except ValueError:
        body = {}
    return Problem(answer.status_code, body if isinstance(body, dict) else {}, _retry_after(answer))
