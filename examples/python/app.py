"""Runs a query and prints its result: `python app.py http://127.0.0.1:8787`. A deployed API gets signed requests."""

import sys

from delegation import Delegation, JobFailed, Problem, SigV4, StillRunning


def main(url: str) -> int:
    is_local = url.startswith("http://127.0.0.1")
    try:
        with Delegation(url, auth=None if is_local else SigV4()) as delegation:
            job = delegation.submit("run-query", {"sql": "SELECT 6 * 7 AS answer"}, tags={"of": "python"})
            for change in delegation.changes(job["id"], timeout=60):
                print(change["status"], file=sys.stderr)
            print(delegation.result(job["id"])["rows"])
    except (Problem, JobFailed, StillRunning) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python app.py URL")
    sys.exit(main(sys.argv[1]))
