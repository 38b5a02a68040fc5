"""What DynamoDB documents of items, keys and batches, and its model does not hold."""

import json
import re
from decimal import Decimal
from typing import Any, Iterator

from attribute_values import MAX_DEPTH, all_values, attribute_maps, number_fault, size_of_map
from faults import path_of, shown
from recorded import Blob, byte_size
from rules import rule, where

_LIMITS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"
_API = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_"
MAX_ITEM = 400 * 1024
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}|arn:.*")
_DATA = ("ConditionExpression", "UpdateExpression", "KeyConditionExpression", "FilterExpression")
_RETURNS = {"PutItem": {"NONE", "ALL_OLD"}, "DeleteItem": {"NONE", "ALL_OLD"}}


def _table_names(operation: str, input: "dict[str, Any]") -> "list[str]":
    return [input["TableName"]] if "TableName" in input else list(input.get("RequestItems", {}))


def _break_table(operation, input):
    for bad in ("ab", "a b", "a" * 256):
        if "TableName" in input:
            yield {**input, "TableName": bad}
        elif "RequestItems" in input:
            yield {**input, "RequestItems": {bad: one for one in input["RequestItems"].values()}}


@rule("DynamoDB", "table-name", f"{_LIMITS}#limits-naming-rules", _break_table)
def _table_name(operation, input):
    for name in _table_names(operation, input):
        if _TABLE.fullmatch(name) is None:
            yield ".TableName", f"must be 3 to 255 letters, digits, dots, dashes and underscores (is {shown(name)})"


def _with_value(operation: str, input: "dict[str, Any]", value: Any) -> "Iterator[dict[str, Any]]":
    """Adds an attribute with a value to an item, or to the values of an expression."""
    if operation == "PutItem":
        yield where(("Item", "broken"), value, input)
    elif operation == "UpdateItem" and "ExpressionAttributeValues" in input:
        yield where(("ExpressionAttributeValues", next(iter(input["ExpressionAttributeValues"]))), value, input)
    elif operation == "BatchWriteItem":
        for table, requests in input["RequestItems"].items():
            if "PutRequest" in requests[0]:
                yield where(("RequestItems", table, 0, "PutRequest", "Item", "broken"), value, input)


def _break_values(operation, input):
    nested: "dict[str, Any]" = {"S": ""}
    for _ in range(MAX_DEPTH + 1):
        nested = {"L": [nested]}
    numbers = ["", "NaN", "1,5", "0x1", "1" * 39, "1E126", "1E-131", "Infinity"]
    for value in [*({"N": text} for text in numbers), {"SS": []}, {"NS": ["1", "1.0"]}, {"SS": ["a", "a"]}, {"NULL": False}, nested]:
        yield from _with_value(operation, input, value)


@rule("DynamoDB", "attribute-values", f"{_LIMITS}#limits-data-types", _break_values)
def _values(operation, input):
    for root, members, _ in attribute_maps(operation, input):
        for place, value, depth in all_values(None, members):
            for text in _value_faults(value, depth):
                yield root + path_of(place), text


def _value_faults(value: "dict[str, Any]", depth: int) -> "Iterator[str]":
    (kind, content), = value.items()
    for text in [content] if kind == "N" else content if kind == "NS" else []:
        if (fault := number_fault(text)) is not None:
            yield f"{shown(text)} {fault}"
    if kind in ("SS", "NS", "BS") and len(content) == 0:
        yield "must not be an empty set"
    if (kind == "SS" and len(set(content)) < len(content)) or (kind == "NS" and _repeats_number(content)):
        yield "must not be a set with a value twice"
    if kind == "NULL" and content is not True:
        yield "must be NULL: true"
    if depth == MAX_DEPTH + 1:
        yield f"must not be nested deeper than {MAX_DEPTH} levels"


def _repeats_number(texts: "list[str]") -> bool:
    numbers = [Decimal(text) for text in texts if number_fault(text) is None]
    return len(set(numbers)) < len(numbers)


def _break_item_size(operation, input):
    yield from _with_value(operation, input, {"S": "a" * MAX_ITEM}) if operation != "UpdateItem" else ()
    yield from _with_value(operation, input, {"B": Blob(MAX_ITEM)}) if operation != "UpdateItem" else ()


@rule("DynamoDB", "item-size", f"{_LIMITS}#limits-items", _break_item_size)
def _item_size(operation, input):
    for path, members, role in attribute_maps(operation, input):
        if role == "item" and all(len(value) == 1 for value in members.values()) and (size := size_of_map(members)) > MAX_ITEM:
            yield path, f"must have at most {MAX_ITEM} bytes (has {size})"
        for name in members:
            if role != "values" and not 1 <= byte_size(name) <= 65_535:
                yield path, f"must have names of 1 to 65,535 bytes (has {shown(name)})"


def _break_keys(operation, input):
    for value in ({"S": ""}, {"S": "a" * 2049}, {"B": Blob(0)}, {"BOOL": True}, {"L": []}):
        for member in ("Key", "ExclusiveStartKey"):
            if member in input:
                yield where((member, next(iter(input[member]))), value, input)
        if operation == "BatchGetItem":
            for table, request in input["RequestItems"].items():
                yield where(("RequestItems", table, "Keys", 0, next(iter(request["Keys"][0]))), value, input)


@rule("DynamoDB", "keys", f"{_LIMITS}#limits-partition-sort-keys", _break_keys)
def _keys(operation, input):
    for path, members, role in attribute_maps(operation, input):
        if role != "key":
            continue
        for name, value in members.items():
            (kind, content), *_ = value.items()
            if kind not in ("S", "N", "B"):
                yield f"{path}.{name}", f"must be a string, a number or bytes (is {kind})"
            elif kind != "N" and not 1 <= (byte_size(content) if kind == "S" else content.size or 0) <= 2048:
                yield f"{path}.{name}", "must have 1 to 2,048 bytes"


def _identity(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _break_batches(operation, input):
    for table, requests in input.get("RequestItems", {}).items():
        if operation == "BatchGetItem":
            keys = requests["Keys"]
            yield where(("RequestItems", table, "Keys"), [*keys, keys[0]], input)
            many = [{"id": {"S": str(number)}} for number in range(60)]
            yield {"RequestItems": {"first": {"Keys": many}, "second": {"Keys": many}}}
        elif operation == "BatchWriteItem":
            yield where(("RequestItems", table), [requests[0], requests[0]], input)
            yield {"RequestItems": {name: [{"DeleteRequest": {"Key": {"id": {"S": str(n)}}}} for n in range(13)] for name in ("first", "second")}}
            yield where(("RequestItems", table, 0), {}, input)


@rule("DynamoDB", "batches", f"{_API}BatchWriteItem.html", _break_batches)
def _batches(operation, input):
    if operation not in ("BatchGetItem", "BatchWriteItem"):
        return
    most = 100 if operation == "BatchGetItem" else 25
    lists = {table: requests["Keys"] if operation == "BatchGetItem" else requests for table, requests in input["RequestItems"].items()}
    total = sum(len(requests) for requests in lists.values())
    if not 1 <= total <= most:
        yield ".RequestItems", f"must be 1 to {most} (are {total})"
    for table, requests in lists.items():
        if len({_identity(request) for request in requests}) < len(requests):
            yield f".RequestItems[{table}]", "must not name an item twice"
        if operation == "BatchWriteItem" and any(len(request) != 1 for request in requests):
            yield f".RequestItems[{table}]", "must be either a put or a delete each"
    size = sum(size_of_map(members) for _, members, role in attribute_maps(operation, input) if role == "item" and all(members.values()))
    if size > 16 * 2**20:
        yield ".RequestItems", f"must have at most 16 MB (has {size} bytes)"


def _break_returns(operation, input):
    if operation in _RETURNS:
        yield {**input, "ReturnValues": "ALL_NEW"}
    if operation == "Query":
        yield {**input, "IndexName": "index", "ConsistentRead": True}
        yield {name: value for name, value in input.items() if name != "KeyConditionExpression"}


@rule("DynamoDB", "choices", f"{_API}Query.html", _break_returns)
def _choices(operation, input):
    allowed = _RETURNS.get(operation)
    if allowed is not None and input.get("ReturnValues", "NONE") not in allowed:
        yield ".ReturnValues", f"must be one of {sorted(allowed)} (is {input['ReturnValues']})"
    if "IndexName" in input and input.get("ConsistentRead"):
        yield ".ConsistentRead", "must not be asked of a global index"
    if operation == "Query" and "KeyConditionExpression" not in input and "KeyConditions" not in input:
        yield ".KeyConditionExpression", "must be given"
