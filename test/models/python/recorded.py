"""Recorded calls as Python values: the reading side of `recorded-value.ts`."""

import datetime
import json
import os
import re
from dataclasses import dataclass
from typing import Any, Iterator


@dataclass(frozen=True)
class LongString:
    """A string of which only the sizes were recorded, and whether it has whole characters only."""

    utf16: int
    size: int
    is_well_formed: bool


@dataclass(frozen=True)
class Blob:
    """Bytes, or a stream, whose size is unknown."""

    size: "int | None"


@dataclass(frozen=True)
class Other:
    """A value that JSON has no form for, such as NaN, a function or a class's instance."""

    kind: str


@dataclass(frozen=True)
class Call:
    service: str
    operation: str
    # The line of the product's code that made it.
    origin: str
    input: "dict[str, Any]"


def calls_in(folder: str) -> "Iterator[tuple[Call, int]]":
    """Yields calls that differ in more than ids and times, and how many there are of each."""
    lines: "dict[str, str]" = {}
    counts: "dict[str, int]" = {}
    for name in sorted(os.listdir(folder)):
        if not name.startswith("models-"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            for line in file:
                # No two large calls are equal.
                key = line if len(line) > 8192 else _ID.sub("~", line)
                if '"operation":"Query"' in line[:80]:
                    key += _order_of_moments(line)
                lines.setdefault(key, line)
                counts[key] = counts.get(key, 0) + 1
    # Definitions of tables first, since rules go by them; then short ones, the samples that are broken on purpose.
    for key, line in sorted(lines.items(), key=lambda entry: ('"operation":"CreateTable"' not in entry[1][:80], len(entry[1]))):
        record = _decoder.decode(line)
        yield Call(record["service"], record["operation"], record["from"], record["input"]), counts[key]


_MOMENT = r"\b1[6-9]\d{11}\b|\d{4}-\d\d-\d\dT[\d:.]+Z"
# What has the same length and characters in every call: ids of jobs, instances and writes, hashes, and moments.
_ID = re.compile(rf"job_[a-z0-9]{{26}}|\b(?:[0-9a-f]{{8}}|[0-9a-f]{{17}}|[0-9a-f]{{32}}|[0-9a-f]{{64}}|[0-9a-f]{{8}}-[0-9a-f-]{{27}})\b|{_MOMENT}")


def _order_of_moments(line: str) -> str:
    """Returns what differs between two queries for ranges of time of which one has its bounds the wrong way round."""
    moments = re.findall(_MOMENT, line)
    ranks = {moment: str(rank) for rank, moment in enumerate(sorted(set(moments)))}
    return ",".join(ranks[moment] for moment in moments)


def _restored(members: "dict[str, Any]") -> Any:
    if len(members) == 1:
        (name, value), = members.items()
        if name[:1] == "$" and name[:2] != "$$":
            return _marker(name, value)
    return {name[1:] if name[:2] == "$$" else name: value for name, value in members.items()}


def _marker(kind: str, value: Any) -> Any:
    if kind == "$string":
        return LongString(value["utf16"], value["bytes"], value["isWellFormed"])
    if kind == "$bytes":
        return Blob(value)
    if kind == "$stream":
        return Blob(None)
    if kind == "$bigint":
        return int(value)
    if kind == "$date":
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return Other(str(value))


_decoder = json.JSONDecoder(object_hook=_restored)


def byte_size(value: "str | LongString") -> int:
    if isinstance(value, LongString):
        return value.size
    return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))


def utf16_length(value: "str | LongString") -> int:
    if isinstance(value, LongString):
        return value.utf16
    return len(value) if value.isascii() else len(value) + sum(char > "\uffff" for char in value)
