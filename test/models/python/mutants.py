"""
The check of the check: recorded calls, broken on purpose. Each shape of a call is broken in each way that its model forbids, at each place, and in
each way that a documented rule names; what is not noticed there and by that rule is returned.
"""

from collections import Counter
from functools import reduce
from typing import Any, Iterator

from expressions import tokens_of
from faults import Fault, path_of
from patterns import matches
from recorded import Call, Other
from rules import RULES, documented_faults
from shapes import Form, model_of
from walk import faults_of

# Path of keys and indexes, the kind of rule that must notice, the value in its place.
Mutant = "tuple[tuple[str | int, ...], str, Any]"


class Tally:
    def __init__(self) -> None:
        self.noticed: "Counter[str]" = Counter()
        self.missed: "list[str]" = []

    def count(self, call: Call, rule: str, found: "Iterator[Fault]", what: str) -> None:
        if any(fault.rule == rule for fault in found):
            self.noticed[rule] += 1
        else:
            self.missed.append(f"{call.service} {call.operation}, {rule}: {what}")


def shape_of(form: Form, value: Any, name: str = "") -> Any:
    """Returns a key that is equal for calls that differ in values only: those of one shape are broken the same way."""
    if form.is_union:
        return next(iter(value))
    if form.kind == "structure":
        return tuple(sorted((member, shape_of(form.members[member], item, member)) for member, item in value.items() if member in form.members))
    if form.kind in ("list", "map"):
        items = value if form.kind == "list" else value.values()
        return frozenset(shape_of(form.item, item) for item in items)
    if name.endswith("Expression"):
        return frozenset(token for token in tokens_of(value) if token.isupper())
    return form.kind


def try_mutants(calls: "list[Call]") -> Tally:
    tally = Tally()
    for call in calls:
        form = model_of(call.service).input_of(call.operation)
        for path, rule, value in _model_mutants(form, call.input, ()):
            place = path_of(reduce(lambda around, part: (around, part), path, None))
            found = (fault for fault in faults_of(form, _with(call.input, path, value)) if fault.path == place)
            tally.count(call, rule, found, f"{place} = {str(value)[:60]}")
        for one in RULES:
            if one.service != call.service:
                continue
            for number, broken in enumerate(one.breaks(call.operation, call.input)):
                found = documented_faults(Call(call.service, call.operation, call.origin, broken))
                tally.count(call, one.name, found, f"way {number + 1} to break {_changes(call.input, broken)}")
    tried = {call.service for call in calls}
    for one in RULES:
        if one.service in tried and one.name not in tally.noticed:
            tally.missed.append(f"{one.service}: no recorded call can break {one.name}")
    return tally


GONE = object()


def _with(inside: Any, path: "tuple[str | int, ...]", value: Any) -> Any:
    if not path:
        return value
    copy = list(inside) if isinstance(inside, list) else dict(inside)
    if len(path) == 1 and value is GONE:
        del copy[path[0]]
    elif len(path) == 1:
        copy[path[0]] = value
    else:
        copy[path[0]] = _with(inside[path[0]], path[1:], value)
    return copy


def _model_mutants(form: Form, value: Any, path: "tuple[str | int, ...]") -> "Iterator[Mutant]":
    yield path, "type", {"string": 1, "structure": "text", "map": "text", "list": "text"}.get(form.kind, [])
    yield path, "type", Other("NaN")
    yield path, "type", None
    if form.kind == "structure":
        yield (*path, "Unknown"), "unknown", "x"
        for name in form.required:
            yield (*path, name), "required", GONE
        if form.is_union:
            yield path, "union", {}
            (name, member), = value.items()
            other = next(one for one in form.members if one != name)
            yield path, "union", {name: member, other: member}
        for name, member in value.items():
            if name in form.members:
                yield from _model_mutants(form.members[name], member, (*path, name))
    elif form.kind == "list":
        yield from _too_many(form, path, [value[0]] if value else ["x"])
        for index, item in list(enumerate(value))[:1]:
            yield from _model_mutants(form.item, item, (*path, index))
    elif form.kind == "map":
        first = next(iter(value.values()), "x")
        if "max" in form.limits:
            yield path, "length", {f"key-{number}": first for number in range(form.limits["max"] + 1)}
        if "min" in form.limits:
            yield path, "length", {}
        if "enum" in form.key.limits:
            yield (*path, "no such key"), "enum", first
        yield (*path, "\ud800"), "unicode", first
        for key, item in list(value.items())[:3]:
            yield from _model_mutants(form.item, item, (*path, key))
    elif form.kind == "string":
        yield from _strings(form, path)
    elif form.kind in ("integer", "long"):
        yield path, "type", 1.5
        yield path, "type", True
        yield path, "type", "1"
        yield path, "range", 2**63
        yield from _numbers(form, path)


def _too_many(form: Form, path: "tuple[str | int, ...]", items: "list[Any]") -> "Iterator[Mutant]":
    if "max" in form.limits:
        yield path, "length", items * (form.limits["max"] + 1)
    if form.limits.get("min", 0) > 0:
        yield path, "length", items * (form.limits["min"] - 1)


def _strings(form: Form, path: "tuple[str | int, ...]") -> "Iterator[Mutant]":
    yield path, "unicode", "a\udfff"
    if "max" in form.limits:
        yield path, "length", "a" * (form.limits["max"] + 1)
    if form.limits.get("min", 0) > 0:
        yield path, "length", "a" * (form.limits["min"] - 1)
    if "enum" in form.limits:
        yield path, "enum", "no such value"
    if form.location in ("header", "headers"):
        yield path, "header", "a\r\nb"
    if "pattern" in form.limits:
        yield path, "pattern", next(text for text in ("a b", "\0", "é", "") if not matches(form.limits["pattern"], text))


def _numbers(form: Form, path: "tuple[str | int, ...]") -> "Iterator[Mutant]":
    if "max" in form.limits:
        yield path, "range", form.limits["max"] + 1
    if "min" in form.limits:
        yield path, "range", form.limits["min"] - 1


def _changes(before: "dict[str, Any]", after: "dict[str, Any]") -> str:
    return ", ".join(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))
