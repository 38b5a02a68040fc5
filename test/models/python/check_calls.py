"""
Validates every recorded AWS call against the model of its service, and against what AWS documents beside the models.

Usage: check_calls.py FOLDER, with the files that `record-calls.ts` wrote.
"""

import sys
from collections import Counter

import botocore
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError

# Each adds its rules.
import dynamodb_rules, ec2_rules, expression_rules, s3_rules, sqs_rules, table_rules  # noqa: E401, F401
from faults import Fault
from mutants import shape_of, try_mutants
from recorded import Call, calls_in
from rules import RULES, documented_faults
from shapes import model_of
from walk import faults_of

SHOWN = 20


# Faults that are known and harmless: operation, path, rule, and why. One that no call shows any more is an error, too.
EXCEPTIONS = {
    ("UploadPart", ".ContentType", "unknown"): "the SDK's Upload hands all parameters of the file to each part, and S3 takes the type from the start",
    ("CompleteMultipartUpload", ".ContentType", "unknown"): "likewise",
}


def faults_in(call: Call, excepted: "Counter[tuple[str, str, str]]") -> "list[Fault]":
    try:
        form = model_of(call.service).input_of(call.operation)
    except (UnknownServiceError, OperationNotFoundError):
        return [Fault("", "operation", "botocore knows no such service or operation: see _NAMES in shapes.py")]
    found = []
    for fault in faults_of(form, call.input):
        key = call.operation, fault.path, fault.rule
        if key in EXCEPTIONS:
            excepted[key] += 1
        else:
            found.append(fault)
    # The documented rules read calls that have the form of the model.
    return found if found else list(documented_faults(call))


def main(folder: str) -> int:
    counts: "Counter[str]" = Counter()
    invalid: "Counter[str]" = Counter()
    samples: "dict[object, Call]" = {}
    excepted: "Counter[tuple[str, str, str]]" = Counter()
    bad = different = 0
    for call, count in calls_in(folder):
        name = f"{call.service} {call.operation}"
        counts[name] += count
        different += 1
        found = faults_in(call, excepted)
        bad += count if found else 0
        for fault in found:
            invalid[f"{name} at {call.origin}: {fault}"] += count
        if not found:
            shape = name, shape_of(model_of(call.service).input_of(call.operation), call.input)
            samples.setdefault(shape, call)
    tally = try_mutants(list(samples.values()))
    report("", invalid)
    report("not noticed: ", Counter(tally.missed))
    stale = [key for key in EXCEPTIONS if key not in excepted]
    for key in stale:
        print(f"no call needs the exception {key} any more: {EXCEPTIONS[key]}")
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(f"broken on purpose, by rule: {', '.join(f'{name} {count}' for name, count in sorted(tally.noticed.items()))}")
    total, noticed = counts.total(), tally.noticed.total()
    print(
        f"models: {total} calls of {len(counts)} operations recorded, {different} different, {total - bad} valid against "
        f"botocore {botocore.__version__} and {len(RULES)} documented rules"
    )
    print(f"models: {noticed + len(tally.missed)} calls broken on purpose, {noticed} noticed")
    return 0 if total > 0 and bad == 0 and not tally.missed and not stale else 1


def report(title: str, texts: "Counter[str]") -> None:
    for text, count in texts.most_common(SHOWN):
        print(f"{title}{text}, {count} times")
    if len(texts) > SHOWN:
        print(f"{title}and {len(texts) - SHOWN} others")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
