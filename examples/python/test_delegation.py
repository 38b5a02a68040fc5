"""Tests of the client against a real local mode, whose address is in DELEGATION_URL. Redirects and refusals have a server of their own."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from delegation import Delegation, JobFailed, Problem, SigV4, StillRunning, parse_exact


@pytest.fixture
def delegation() -> Iterator[Delegation]:
    with Delegation(os.environ["DELEGATION_URL"]) as client:
        yield client


def query(sql: str, **parameters: Any) -> dict[str, Any]:
    return {"sql": sql, "parameters": parameters}


def test_runs_a_job_and_shows_its_changes(delegation: Delegation) -> None:
    job = delegation.submit("run-query", query("SELECT 6 * 7 AS answer"))
    statuses = [change["status"] for change in delegation.changes(job["id"])]
    assert statuses[-1] == "succeeded"
    assert len(statuses) == len(set(statuses))
    assert delegation.result(job["id"])["rows"] == [[42]]


def test_gives_the_same_job_for_the_same_key(delegation: Delegation) -> None:
    key = 'nightly "report"'
    first, second = (delegation.submit("run-query", query("SELECT 1"), key=key, tags={"a": "b"}) for _ in range(2))
    assert first["id"] == second["id"]
    with pytest.raises(Problem) as refused:
        delegation.submit("run-query", query("SELECT 2"), key=key)
    assert refused.value.code == "idempotency-key-reused"


def test_keeps_numbers_exact(delegation: Delegation) -> None:
    large = 2**60 + 1
    job = delegation.submit("run-query", query("SELECT 0.1::DOUBLE AS a, $n AS n", n=large))
    [[tenth, same]] = delegation.result(job["id"])["rows"]
    assert (tenth, int(same)) == (Decimal("0.1"), large)
    shown = parse_exact(delegation.request("GET", f"/v1/jobs/{job['id']}/input"))
    assert shown["parameters"]["n"] == large


def test_reads_a_large_result_behind_its_link(delegation: Delegation) -> None:
    job = delegation.submit("run-query", query("SELECT repeat('x', 2000) AS text FROM range(60)"))
    assert delegation.result(job["id"])["rows"][59] == ["x" * 2000]
    assert delegation.request("GET", f"/v1/jobs/{job['id']}/result").status_code == 303


def test_raises_what_a_job_failed_with(delegation: Delegation) -> None:
    job = delegation.submit("run-query", query("SELECT * FROM nowhere"))
    with pytest.raises(JobFailed, match="nowhere") as failed:
        delegation.result(job["id"])
    error = failed.value.job["error"]
    assert error is not None
    assert failed.value.code == error["code"]


def test_cancels_a_job_and_stops_waiting(delegation: Delegation) -> None:
    job = delegation.submit("run-query", query("SELECT 1"), delaySeconds=3600)
    with pytest.raises(StillRunning):
        delegation.result(job["id"], timeout=0.1)
    assert delegation.cancel(job["id"], "not needed")["status"] == "cancelled"
    with pytest.raises(JobFailed) as cancelled:
        delegation.result(job["id"])
    assert cancelled.value.code == "cancelled"


def test_raises_problems_with_pointers(delegation: Delegation) -> None:
    with pytest.raises(Problem) as refused:
        delegation.submit("run-query", {"sql": ""})
    assert (refused.value.status, refused.value.code) == (422, "invalid-submission")
    assert refused.value.errors[0]["pointer"] == "#/input/sql"


def test_the_app_prints_its_result() -> None:
    app = Path(__file__).with_name("app.py")
    ran = subprocess.run([sys.executable, app, os.environ["DELEGATION_URL"]], capture_output=True, text=True, check=False)  # noqa: S603
    assert (ran.returncode, ran.stdout) == (0, "[[42]]\n"), ran.stderr


class Scripted(BaseHTTPRequestHandler):
    """Answers in a given order, and keeps what it was asked."""

    answers: ClassVar[list[tuple[int, dict[str, str], str]]] = []
    asked: ClassVar[list[tuple[str, str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.path, body.decode(), {name.lower(): value for name, value in self.headers.items()}))
        status, headers, text = self.answers.pop(0)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def scripted() -> Iterator[str]:
    Scripted.answers, Scripted.asked = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Scripted) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


ended = json.dumps({"id": "job_1", "status": "succeeded", "finishedAt": "2026-11-26T12:00:00.000Z", "error": None})
waiting = json.dumps({"id": "job_1", "status": "queued", "finishedAt": None, "error": None})


def test_signs_for_the_api_and_sends_no_credentials_to_the_link(scripted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "AKIDEXAMPLE", "SECRET_ACCESS_KEY": "secret", "SESSION_TOKEN": "token"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    Scripted.answers = [(200, {}, ended), (303, {"Location": f"{scripted}/link?a=b"}, ""), (200, {}, '{"n": 1.10}')]
    with Delegation(scripted, auth=SigV4(region="eu-central-1")) as client:
        assert str(client.result("job_1")["n"]) == "1.10"
    (_, _, signed), _, (link, _, plain) = Scripted.asked
    scope = (
        r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-central-1/execute-api/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}"
    )
    assert re.fullmatch(scope, signed["authorization"])
    assert signed["x-amz-security-token"] == "token"
    assert link == "/link?a=b"
    assert not {name for name in plain if name == "authorization" or name.startswith("x-amz-")}


def test_asks_with_the_entity_tag_and_not_before_it_should(scripted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("delegation.time.sleep", pauses.append)
    Scripted.answers = [
        (200, {"ETag": '"a"', "Retry-After": "3"}, waiting),
        (304, {"ETag": '"a"', "Retry-After": "7"}, ""),
        (200, {}, ended),
    ]
    with Delegation(scripted) as client:
        assert [job["status"] for job in client.changes("job_1")] == ["queued", "succeeded"]
    assert [headers.get("if-none-match") for _, _, headers in Scripted.asked] == [None, '"a"', '"a"']
    assert pauses == [3, 7]


def test_repeats_a_submission_with_one_key(scripted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("delegation.time.sleep", pauses.append)
    Scripted.answers = [(429, {"Retry-After": "2"}, "{}"), (503, {}, "no JSON"), (202, {}, waiting)]
    with Delegation(scripted) as client:
        client.submit("a", {"n": 1})
    keys = {headers["idempotency-key"] for _, _, headers in Scripted.asked}
    assert (len(keys), len({body for _, body, _ in Scripted.asked}), pauses[0]) == (1, 1, 2)
    assert re.fullmatch(r'"[0-9a-f-]{36}"', keys.pop())


@pytest.mark.parametrize(("status", "headers", "code"), [(429, {"Retry-After": "3600"}, "over-quota"), (422, {}, "invalid-submission")])
def test_raises_at_once_where_waiting_does_not_help(scripted: str, status: int, headers: dict[str, str], code: str) -> None:
    Scripted.answers = [(status, headers, json.dumps({"code": code, "detail": "Because."}))]
    with Delegation(scripted) as client, pytest.raises(Problem, match="Because") as refused:
        client.submit("a", {})
    assert (refused.value.code, refused.value.retry_after) == (code, float(headers["Retry-After"]) if headers else None)


def test_says_that_there_are_no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ValueError, match="No AWS credentials"):
        SigV4()


def test_gives_up_where_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delegation.time.sleep", lambda _: None)
    with Delegation("http://127.0.0.1:1", tries=2) as client, pytest.raises(httpx.ConnectError):
        client.submit("a", {})
