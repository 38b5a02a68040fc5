"""What DynamoDB demands of items and keys by the definition of their table, where a recorded CreateTable has it."""

from typing import Any, Iterator

from attribute_values import attribute_maps
from expressions import updated_paths
from faults import shown
from recorded import byte_size
from rules import rule, where

_GSI = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html"
_API = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_"
_CREATE = f"{_API}CreateTable.html"


class Table:
    def __init__(self, input: "dict[str, Any]"):
        self.types = {one["AttributeName"]: one["AttributeType"] for one in input["AttributeDefinitions"]}
        self.key = {one["AttributeName"] for one in input["KeySchema"]}
        self.indexes = {index["IndexName"]: {one["AttributeName"] for one in index["KeySchema"]} for index in _indexes(input)}


def _indexes(input: "dict[str, Any]") -> "list[dict[str, Any]]":
    return [*input.get("GlobalSecondaryIndexes", []), *input.get("LocalSecondaryIndexes", [])]


# By name. Those of calls that are read first, as `calls_in` has them.
_tables: "dict[str, Table]" = {}


def _break_definition(operation, input):
    if operation == "CreateTable":
        definitions = input["AttributeDefinitions"]
        yield {**input, "AttributeDefinitions": [*definitions, {"AttributeName": "unused", "AttributeType": "S"}]}
        yield {**input, "AttributeDefinitions": definitions[1:]}
        yield {**input, "BillingMode": "PROVISIONED"}


@rule("DynamoDB", "table-definition", _CREATE, _break_definition)
def _definition(operation, input):
    if operation != "CreateTable":
        return
    table = _tables.setdefault(input["TableName"], Table(input))
    used = {one["AttributeName"] for holder in (input, *_indexes(input)) for one in holder["KeySchema"]}
    defined = {one["AttributeName"] for one in input["AttributeDefinitions"]}
    if used != defined:
        yield ".AttributeDefinitions", f"must be those of the keys, {sorted(used)} (are {sorted(defined)})"
    if input.get("BillingMode", "PROVISIONED") == "PROVISIONED" and "ProvisionedThroughput" not in input:
        yield ".ProvisionedThroughput", "must be given for a provisioned table"
    projected = sum(len(index["Projection"].get("NonKeyAttributes", [])) for index in _indexes(input))
    if len(table.indexes) > 20 or projected > 100:
        yield ".GlobalSecondaryIndexes", f"must be at most 20 with 100 projected attributes (are {len(table.indexes)} with {projected})"


def _maps(operation: str, input: "dict[str, Any]") -> "Iterator[tuple[str, dict[str, Any], str, Table]]":
    for path, members, role in attribute_maps(operation, input):
        name = input.get("TableName") or path.removeprefix(".RequestItems[").split("]")[0]
        if name in _tables:
            yield path, members, role, _tables[name]


def _break_keys(operation, input):
    if input.get("TableName") not in _tables:
        return
    table = _tables[input["TableName"]]
    for member in ("Key", "Item", "ExclusiveStartKey"):
        for name in sorted(table.types.keys() & input.get(member, {}).keys()):
            yield where((member, name), {"S": "text"} if table.types[name] == "N" else {"N": "1"}, input)
            if table.types[name] == "S":
                yield where((member, name), {"S": ""}, input)
            if member != "Item" or name in table.key:
                yield {**input, member: {key: value for key, value in input[member].items() if key != name}}
    if "Key" in input:
        yield where(("Key", "other"), {"S": "a"}, input)


@rule("DynamoDB", "table-keys", _GSI, _break_keys)
def _keys(operation, input):
    """ "The provided key element does not match the schema", "Missing the key id in the item", "Type mismatch for Index Key"."""
    for path, members, role, table in _maps(operation, input):
        if role == "values":
            continue
        wanted = table.key | (table.indexes.get(input.get("IndexName"), set()) if path == ".ExclusiveStartKey" else set())
        if not wanted <= members.keys() or (role == "key" and members.keys() != wanted):
            yield path, f"must have {sorted(wanted)} for its key (has {sorted(members)})"
        for name, kind in table.types.items():
            if name in members:
                yield from _key_faults(f"{path}.{name}", kind, members[name])


def _key_faults(path: str, kind: str, value: "dict[str, Any]") -> "Iterator[tuple[str, str]]":
    if kind not in value:
        yield path, f"must be a {kind}, as the table or an index has it for its key (is {shown(value)})"
    elif kind == "S" and not 1 <= byte_size(value["S"]) <= 2048:
        yield path, f"must have 1 to 2,048 bytes, since it is part of a key (has {byte_size(value['S'])})"


def _break_index(operation, input):
    if input.get("TableName") not in _tables:
        return
    table = _tables[input["TableName"]]
    if "IndexName" in input:
        yield {**input, "IndexName": "no-such-index"}
    names, values = input.get("ExpressionAttributeNames", {}), input.get("ExpressionAttributeValues", {})
    for _, path, operands in updated_paths(input.get("UpdateExpression", ""), names):
        if path[0] in table.types and operands and operands[0] in values:
            yield where(("ExpressionAttributeValues", operands[0]), {"BOOL": True}, input)


@rule("DynamoDB", "index-values", _GSI, _break_index)
def _index(operation, input):
    table = _tables.get(input.get("TableName", ""))
    if table is None:
        return
    if "IndexName" in input and input["IndexName"] not in table.indexes:
        yield ".IndexName", f"must be one of the table's (is {shown(input['IndexName'])})"
    names, values = input.get("ExpressionAttributeNames", {}), input.get("ExpressionAttributeValues", {})
    for section, path, operands in updated_paths(input.get("UpdateExpression", ""), names):
        if len(path) == 1 and path[0] in table.types and section == "SET" and len(operands) == 1 and operands[0] in values:
            yield from _key_faults(f".UpdateExpression {path[0]}", table.types[path[0]], values[operands[0]])
