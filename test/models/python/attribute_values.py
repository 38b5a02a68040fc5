"""DynamoDB's attribute values: where a call has some, what they may be, and how large they are."""

import re
from typing import Any, Iterator

from faults import Place
from recorded import Blob, byte_size

_NUMBER = re.compile(r"[+-]?(?P<digits>\d+(?:\.\d*)?|\.\d+)(?:[eE](?P<exponent>[+-]?\d+))?", re.ASCII)
MAX_DEPTH = 32


def attribute_maps(operation: str, input: "dict[str, Any]") -> "Iterator[tuple[str, dict[str, Any], str]]":
    """Yields where it is, the map, and whether it is an `item`, a `key` or `values` of an expression."""
    for member, role in (("Item", "item"), ("Key", "key"), ("ExclusiveStartKey", "key"), ("ExpressionAttributeValues", "values")):
        if isinstance(input.get(member), dict):
            yield f".{member}", input[member], role
    for table, requests in (input.get("RequestItems") or {}).items():
        if operation == "BatchGetItem":
            for index, key in enumerate(requests.get("Keys", [])):
                yield f".RequestItems[{table}].Keys[{index}]", key, "key"
        elif operation == "BatchWriteItem":
            for index, request in enumerate(requests):
                path = f".RequestItems[{table}][{index}]"
                if "PutRequest" in request:
                    yield f"{path}.PutRequest.Item", request["PutRequest"].get("Item", {}), "item"
                if "DeleteRequest" in request:
                    yield f"{path}.DeleteRequest.Key", request["DeleteRequest"].get("Key", {}), "key"


def all_values(place: Place, members: "dict[str, Any]", depth: int = 1) -> "Iterator[tuple[Place, Any, int]]":
    """Every value of a map, those within others included, with its depth."""
    for name, value in members.items():
        yield from _nested((place, name), value, depth)


def _nested(place: Place, value: Any, depth: int) -> "Iterator[tuple[Place, Any, int]]":
    yield place, value, depth
    # What is nested beyond belief is refused for its depth; Python need not follow it down.
    if depth > 2 * MAX_DEPTH:
        return
    if "M" in value:
        yield from all_values(place, value["M"], depth + 1)
    elif "L" in value:
        for index, item in enumerate(value["L"]):
            yield from _nested((place, index), item, depth + 1)


def number_fault(text: str) -> "str | None":
    found = _NUMBER.fullmatch(text)
    if found is None:
        return "is not a number"
    digits, magnitude = _significant(found)
    if digits == "":
        return None
    if len(digits) > 38:
        return f"has {len(digits)} significant digits, of at most 38"
    return None if -130 <= magnitude <= 125 else "is not within 1E-130 and 9.9…E+125"


def _significant(found: "re.Match[str]") -> "tuple[str, int]":
    """The digits without zeros around them, and the power of ten of the first one."""
    whole, _, fraction = found["digits"].partition(".")
    digits = whole + fraction
    leading = len(digits) - len(digits.lstrip("0"))
    return digits.strip("0"), len(whole) - 1 - leading + int(found["exponent"] or 0)


def size_of_map(members: "dict[str, Any]") -> int:
    return sum(byte_size(name) + size_of(value) for name, value in members.items())


def size_of(value: "dict[str, Any]") -> int:
    """Returns its size in bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    (kind, content), = value.items()
    if kind == "S":
        return byte_size(content)
    if kind == "B":
        return content.size if isinstance(content, Blob) and content.size is not None else 0
    if kind == "N":
        return _size_of_number(content)
    if kind in ("SS", "NS", "BS"):
        return sum(size_of({kind[0]: one}) for one in content)
    if kind == "M":
        return 3 + sum(1 + byte_size(name) + size_of(one) for name, one in content.items())
    if kind == "L":
        return 3 + sum(1 + size_of(one) for one in content)
    return 1


def _size_of_number(text: str) -> int:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return 0
    digits, _ = _significant(found)
    return (len(digits) + 1) // 2 + 1 + (1 if text.startswith("-") else 0)
