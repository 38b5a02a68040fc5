"""Checks a value against a shape of a service model. botocore's own validator knows types, required members and minima only."""

import datetime
import re
from typing import Any, Callable, Iterator

from faults import Fault, Place, path_of, shown
from patterns import matches
from recorded import Blob, LongString, Other, utf16_length
from shapes import Form

_INTEGERS = {"integer": 2**31, "long": 2**63}
_HALF = re.compile("[\ud800-\udfff]")
_NO_HEADER = re.compile("[^ -~]")


def faults_of(form: Form, value: Any, place: Place = None) -> "Iterator[Fault]":
    check = _CHECKS.get(form.kind)
    if check is None:
        yield Fault(path_of(place), "kind", f"the model has a {form.kind} here, which nothing checks: add it to walk.py")
    else:
        yield from check(form, value, place)


def _structure(form: Form, value: Any, place: Place) -> "Iterator[Fault]":
    if not isinstance(value, dict):
        yield _type_fault(form, value, place)
        return
    for name in form.required:
        if name not in value:
            yield Fault(path_of((place, name)), "required", f"{form.name} must have it")
    if form.is_union and len(value) != 1:
        yield Fault(path_of(place), "union", f"{form.name} must have exactly one member (has {len(value)})")
    for name, member in value.items():
        if name in form.members:
            yield from faults_of(form.members[name], member, (place, name))
        else:
            yield Fault(path_of((place, name)), "unknown", f"{form.name} has no such member, and the SDK leaves it out silently")


def _list(form: Form, value: Any, place: Place) -> "Iterator[Fault]":
    if not isinstance(value, list):
        yield _type_fault(form, value, place)
        return
    yield from _range(form, len(value), place, "items")
    for index, item in enumerate(value):
        yield from faults_of(form.item, item, (place, index))


def _map(form: Form, value: Any, place: Place) -> "Iterator[Fault]":
    if not isinstance(value, dict):
        yield _type_fault(form, value, place)
        return
    yield from _range(form, len(value), place, "entries")
    for key, item in value.items():
        inner = place, key
        yield from faults_of(form.key, key, inner)
        yield from faults_of(form.item, item, inner)


def _string(form: Form, value: Any, place: Place) -> "Iterator[Fault]":
    if not isinstance(value, (str, LongString)):
        yield _type_fault(form, value, place)
        return
    if not (value.is_well_formed if isinstance(value, LongString) else value.isascii() or _HALF.search(value) is None):
        yield Fault(path_of(place), "unicode", "half a character (a lone surrogate) cannot be sent")
    if form.limits:
        yield from _range(form, utf16_length(value), place, "characters")
        if "enum" in form.limits and value not in form.limits["enum"]:
            yield Fault(path_of(place), "enum", f"{shown(value)} is none of the values that the model allows")
        if "pattern" in form.limits:
            if isinstance(value, LongString):
                yield Fault(path_of(place), "unrecorded", "is too long to be recorded, so that its pattern could not be checked")
            elif not matches(form.limits["pattern"], value):
                yield Fault(path_of(place), "pattern", f"{shown(value)} does not match {form.limits['pattern']}")
    if form.location in ("header", "headers"):
        if isinstance(value, LongString):
            yield Fault(path_of(place), "unrecorded", "is too long to be recorded, so that its characters could not be checked")
        elif _NO_HEADER.search(value) is not None:
            yield Fault(path_of(place), "header", f"{shown(value)} goes into a header, which holds printable ASCII only")


def _integer(form: Form, value: Any, place: Place) -> "Iterator[Fault]":
    bound = _INTEGERS[form.kind]
    if type(value) is not int:
        yield _type_fault(form, value, place)
    elif not -bound <= value < bound:
        yield Fault(path_of(place), "range", f"{value} does not fit into a {form.kind}")
    else:
        yield from _range(form, value, place, None)


def _float(form: Form, value: Any, place: Place) -> "Iterator[Fault]":
    if type(value) not in (int, float):
        yield _type_fault(form, value, place)
    else:
        yield from _range(form, value, place, None)


def _boolean(form: Form, value: Any, place: Place) -> "Iterator[Fault]":
    if type(value) is not bool:
        yield _type_fault(form, value, place)


def _timestamp(form: Form, value: Any, place: Place) -> "Iterator[Fault]":
    if not isinstance(value, datetime.datetime):
        yield _type_fault(form, value, place)


def _blob(form: Form, value: Any, place: Place) -> "Iterator[Fault]":
    if isinstance(value, (str, LongString)) and form.is_streaming:
        return
    if not isinstance(value, Blob) or (value.size is None and not form.is_streaming):
        yield _type_fault(form, value, place)
    elif value.size is not None:
        yield from _range(form, value.size, place, "bytes")


_CHECKS: "dict[str, Callable[[Form, Any, str], Iterator[Fault]]]" = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "character": _string,
    "integer": _integer,
    "long": _integer,
    "float": _float,
    "double": _float,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}


def _range(form: Form, number: float, place: Place, unit: "str | None") -> "Iterator[Fault]":
    low, high = form.limits.get("min"), form.limits.get("max")
    rule = "range" if unit is None else "length"
    suffix = "" if unit is None else f" {unit}"
    if low is not None and number < low:
        yield Fault(path_of(place), rule, f"must be at least {low}{suffix} (is {number})")
    if high is not None and number > high:
        yield Fault(path_of(place), rule, f"must be at most {high}{suffix} (is {number})")


def _type_fault(form: Form, value: Any, place: Place) -> Fault:
    what = value.kind if isinstance(value, Other) else shown(value)
    return Fault(path_of(place), "type", f"must be a {form.kind} (is {what})")
