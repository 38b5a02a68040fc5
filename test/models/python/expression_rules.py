"""What DynamoDB documents of expressions, and refuses although its model does not say so."""

from decimal import Decimal
from typing import Any, Iterator

from attribute_values import size_of
from expressions import RESERVED_WORDS, SECTIONS, expressions_of, key_conditions, tokens_of, updated_paths
from faults import shown
from recorded import byte_size
from rules import rule, where

_LIMITS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters"
_NAMES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html"
_UPDATE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"
_PLACEHOLDERS = {"#": "ExpressionAttributeNames", ":": "ExpressionAttributeValues"}


def _break_placeholders(operation, input):
    expressions = expressions_of(input)
    for sign, member in _PLACEHOLDERS.items():
        given = input.get(member, {})
        if expressions:
            yield where((member, f"{sign}unused"), "unused" if sign == "#" else {"S": "unused"}, input)
        for name in list(given)[:2]:
            yield {**input, member: {key: value for key, value in given.items() if key != name}}
            yield {**input, member: {**{key: value for key, value in given.items() if key != name}, f"{name}-x": given[name]}}
        if given:
            yield {**input, member: {}}
            yield {key: value for key, value in input.items() if not key.endswith("Expression")}


@rule("DynamoDB", "placeholders", _NAMES, _break_placeholders)
def _placeholders(operation, input):
    """Both ways round: "unused in expressions", and "attribute name used in expression is not defined"."""
    expressions = expressions_of(input)
    for sign, member in _PLACEHOLDERS.items():
        used = set().union(*(expression.placeholders(sign) for expression in expressions))
        given = input.get(member)
        for missing in sorted(used - set(given or {})):
            yield f".{member}", f"must define {missing}, which an expression uses"
        for unused in sorted(set(given or {}) - used):
            yield f".{member}", f"must not define {unused}, which no expression uses"
        if given is not None and len(given) == 0:
            yield f".{member}", "must not be empty"


def _break_words(operation, input):
    names = input.get("ExpressionAttributeNames", {})
    for expression in expressions_of(input):
        for token in sorted(expression.placeholders("#"))[:2]:
            for word in ("status", "Owner", "TTL"):
                rest = {key: value for key, value in names.items() if key != token}
                yield {**input, expression.member: expression.text.replace(token, word), "ExpressionAttributeNames": rest}
    if "ConditionExpression" in input:
        yield {**input, "ConditionExpression": "a = 'x'"}
        yield {**input, "ConditionExpression": "begins_With(a, :b)"}
        yield {**input, "ConditionExpression": ""}


@rule("DynamoDB", "reserved-words", "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html", _break_words)
def _words(operation, input):
    for expression in expressions_of(input):
        tokens = expression.tokens
        for name in expression.bare_names():
            if name.upper() in RESERVED_WORDS:
                yield f".{expression.member}", f"must not name {shown(name)}, a reserved word, but by a placeholder"
        for token, after in zip(tokens, tokens[1:]):
            if after == "(" and token in set(expression.bare_names()):
                yield f".{expression.member}", f"must not call {shown(token)}, which is not a function of DynamoDB's"
        if not tokens or any(len(token) == 1 and not token.isalnum() and token not in "_=<>+-(),.[]" for token in tokens):
            yield f".{expression.member}", f"has a character that belongs to no expression, or none ({shown(expression.text)})"


def _break_lengths(operation, input):
    names = input.get("ExpressionAttributeNames", {})
    for expression in expressions_of(input):
        yield {**input, expression.member: expression.text + " " * 4096}
        for token in sorted(expression.placeholders("#"))[:1]:
            long = "#" + "a" * 255
            rest = {long if key == token else key: value for key, value in names.items()}
            yield {**input, expression.member: expression.text.replace(token, long), "ExpressionAttributeNames": rest}
    if "UpdateExpression" in input:
        yield {**input, "UpdateExpression": "SET a = " + " + ".join(["b"] * 302)}
    if "ConditionExpression" in input:
        yield {**input, "ConditionExpression": f"a IN ({', '.join([':b'] * 101)})"}
    if "ExpressionAttributeValues" in input:
        first = next(iter(input["ExpressionAttributeValues"]))
        yield where(("ExpressionAttributeValues", first), {"S": "a" * (2 * 2**20)}, input)


@rule("DynamoDB", "expression-lengths", _LIMITS, _break_lengths)
def _lengths(operation, input):
    for expression in expressions_of(input):
        at = f".{expression.member}"
        if byte_size(expression.text) > 4096:
            yield at, f"must have at most 4,096 bytes (has {byte_size(expression.text)})"
        tokens = expression.tokens
        # An assignment's `=` is not an operator.
        operators = sum(token in ("+", "-", "list_append", "if_not_exists", "size") for token in tokens)
        if operators > 300:
            yield at, f"must have at most 300 operators and functions (has {operators})"
        for most in _operands_of_in(tokens):
            if most > 100:
                yield at, f"must have at most 100 operands of IN (has {most})"
        for token in {*expression.placeholders("#"), *expression.placeholders(":")}:
            if byte_size(token) > 255:
                yield at, f"must have placeholders of at most 255 bytes (has {shown(token)})"
    names, values = input.get("ExpressionAttributeNames", {}), input.get("ExpressionAttributeValues", {})
    size = sum(byte_size(key) + byte_size(name) for key, name in names.items())
    size += sum(byte_size(key) + (size_of(value) if len(value) == 1 else 0) for key, value in values.items())
    if size > 2 * 2**20:
        yield ".ExpressionAttributeValues", f"must have at most 2 MB with the names (has {size} bytes)"


def _operands_of_in(tokens: "tuple[str, ...]") -> "Iterator[int]":
    for index, token in enumerate(tokens):
        if token.upper() == "IN" and index + 1 < len(tokens) and tokens[index + 1] == "(":
            end = tokens.index(")", index) if ")" in tokens[index:] else len(tokens)
            yield sum(one == "," for one in tokens[index:end]) + 1


def _break_updates(operation, input):
    if "UpdateExpression" not in input:
        return
    text, key = input["UpdateExpression"], next(iter(input["Key"]))
    names = input.get("ExpressionAttributeNames", {})
    (_, path, _), *_ = updated_paths(text, names)
    if "SET" in text:
        yield {**input, "UpdateExpression": f"{text} SET other = {key}"}
        yield {**input, "UpdateExpression": text.replace("SET ", f"SET {key} = other, ", 1)}
        yield {**input, "UpdateExpression": text.replace("SET ", f"SET {path[0]} = other, ", 1)}
        yield {**input, "UpdateExpression": text.replace("SET ", f"SET {path[0]}.inner = other, ", 1)}
        yield {**input, "UpdateExpression": text.replace("SET ", "SET other, ", 1)}
    texts = {name: {"S": "text"} for name in input.get("ExpressionAttributeValues", {})}
    if "ADD" in text:
        yield {**input, "ExpressionAttributeValues": texts}


@rule("DynamoDB", "update-paths", _UPDATE, _break_updates)
def _update_paths(operation, input):
    """ "Two document paths overlap", "The SET section can only be used once", "This attribute is part of the key"."""
    if "UpdateExpression" not in input:
        return
    text, at = input["UpdateExpression"], ".UpdateExpression"
    tokens = [token.upper() for token in tokens_of(text)]
    for section in SECTIONS:
        if tokens.count(section) > 1:
            yield at, f"must have one {section} section"
    seen: "list[tuple[str, ...]]" = []
    for section, path, value in updated_paths(text, input.get("ExpressionAttributeNames", {})):
        if path[0] in input.get("Key", {}):
            yield at, f"must not change {path[0]}, which is part of the key"
        if any(path[: len(other)] == other or other[: len(path)] == path for other in seen):
            yield at, f"must not change {'.'.join(path)} twice"
        seen.append(path)
        if section == "SET" and not value:
            yield at, f"must give a value to {'.'.join(path)}"
        if section in ("ADD", "DELETE"):
            kinds = ("N", "SS", "NS", "BS") if section == "ADD" else ("SS", "NS", "BS")
            operand = input.get("ExpressionAttributeValues", {}).get(value[0] if value else "", {})
            if not operand.keys() <= set(kinds):
                yield at, f"must {section} one of {', '.join(kinds)} (is {shown(operand)})"


def _comparable(value: "dict[str, Any]") -> "tuple[str, Any]":
    (kind, content), = value.items()
    return kind, Decimal(content) if kind == "N" else content


def _break_bounds(operation, input):
    if operation != "Query":
        return
    names, values = input.get("ExpressionAttributeNames", {}), input.get("ExpressionAttributeValues", {})
    for attribute, operator, operands in key_conditions(input["KeyConditionExpression"], names):
        if operator == "BETWEEN":
            low, high = operands
            if values[low] != values[high]:
                yield {**input, "ExpressionAttributeValues": {**values, low: values[high], high: values[low]}}
            yield {**input, "ExpressionAttributeValues": {**values, low: {"BOOL": True}}}
        if attribute in input.get("ExclusiveStartKey", {}):
            outside = {"N": "9E99"} if "N" in input["ExclusiveStartKey"][attribute] else {"S": "\U0010ffff"}
            yield where(("ExclusiveStartKey", attribute), outside, input)


@rule("DynamoDB", "query-bounds", "https://github.com/architect/dynalite/issues/55, https://github.com/ministackorg/ministack/pull/1067", _break_bounds)
def _bounds(operation, input):
    """What the API reference does not say: bounds in the wrong order, and a start outside of them, are refused."""
    if operation != "Query" or "KeyConditionExpression" not in input:
        return
    names, values = input.get("ExpressionAttributeNames", {}), input.get("ExpressionAttributeValues", {})
    for attribute, operator, operands in key_conditions(input["KeyConditionExpression"], names):
        if any(operand not in values for operand in operands):
            continue
        bounds = [_comparable(values[operand]) for operand in operands]
        if any(kind not in ("S", "N", "B") for kind, _ in bounds):
            yield ".KeyConditionExpression", f"must compare {attribute} with a string, a number or bytes"
            continue
        if operator == "BETWEEN" and bounds[0] > bounds[1]:
            yield ".KeyConditionExpression", f"must have its bounds of {attribute} in order"
        start = input.get("ExclusiveStartKey", {}).get(attribute)
        if start is not None and not _is_within(_comparable(start), operator, bounds):
            yield ".ExclusiveStartKey", f"must have {attribute} within the bounds"


def _is_within(start: "tuple[str, Any]", operator: str, bounds: "list[tuple[str, Any]]") -> bool:
    """The start itself may be where an open bound is."""
    if start[0] != bounds[0][0]:
        return False
    if operator == "=":
        return start == bounds[0]
    if operator in ("<", "<="):
        return start <= bounds[0]
    if operator in (">", ">="):
        return start >= bounds[0]
    if operator == "BETWEEN":
        return bounds[0] <= start <= bounds[1]
    return str(start[1]).startswith(str(bounds[0][1]))
