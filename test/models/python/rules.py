"""
Rules that AWS documents, or is known to enforce, and that no service model holds. Each says where it comes from, and how to break it: what
`mutants.py` derives from recorded calls must be noticed, and a rule that no recorded call can break is an error.
"""

from dataclasses import dataclass
from typing import Any, Callable, Iterator

from faults import Fault
from recorded import Call

Input = "dict[str, Any]"
# Yields where it is broken and how.
Check = "Callable[[str, Input], Iterator[tuple[str, str]]]"
# Yields inputs that must not pass, derived from one that does.
Breaks = "Callable[[str, Input], Iterator[Input]]"


@dataclass(frozen=True)
class Rule:
    service: str
    name: str
    source: str
    check: Check
    breaks: Breaks


RULES: "list[Rule]" = []


def rule(service: str, name: str, source: str, breaks: Breaks) -> "Callable[[Check], Check]":
    def add(check: Check) -> Check:
        RULES.append(Rule(service, name, source, check, breaks))
        return check

    return add


def documented_faults(call: Call) -> "Iterator[Fault]":
    for one in RULES:
        if one.service == call.service:
            for path, text in one.check(call.operation, call.input):
                yield Fault(path, one.name, text)


def where(path: "tuple[str | int, ...]", value: Any, inside: Any) -> Any:
    """A copy of `inside` with `value` at a path; what lies beside the path is shared."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    copy = list(inside) if isinstance(inside, list) else dict(inside)
    if isinstance(copy, dict):
        copy[first] = where(rest, value, inside.get(first, {}))
    else:
        copy[first] = where(rest, value, inside[first])
    return copy
