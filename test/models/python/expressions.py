"""DynamoDB's expressions as tokens: which placeholders, names and paths they use, as far as the rules ask."""

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Iterator

# As https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html lists them.
with open(os.path.join(os.path.dirname(__file__), "reserved-words.txt"), encoding="ascii") as _file:
    RESERVED_WORDS = frozenset(_file.read().split())

EXPRESSIONS = ("ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression", "UpdateExpression")
FUNCTIONS = frozenset(
    ["attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size", "if_not_exists", "list_append"]
)
SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")
_WORDS = frozenset(["AND", "OR", "NOT", "BETWEEN", "IN"])
_TOKEN = re.compile(r"([#:][A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*|\d+|<>|<=|>=|[=<>+\-(),.\[\]])|(\S)")


@dataclass(frozen=True)
class Expression:
    member: str
    text: str

    @property
    def tokens(self) -> "tuple[str, ...]":
        return tokens_of(self.text)

    def placeholders(self, sign: str) -> "set[str]":
        return {token for token in self.tokens if token[0] == sign}

    def bare_names(self) -> "Iterator[str]":
        """Returns names of attributes that are literally in it."""
        words = _WORDS | (frozenset(SECTIONS) if self.member == "UpdateExpression" else frozenset())
        for token, after in zip(self.tokens, (*self.tokens[1:], "")):
            is_name = token[0].isalpha() or token[0] == "_"
            if is_name and token.upper() not in words and not (after == "(" and token in FUNCTIONS):
                yield token


@lru_cache(maxsize=10_000)
def tokens_of(text: str) -> "tuple[str, ...]":
    """A character that has no place in an expression is a token of its own."""
    return tuple(token or other for token, other in _TOKEN.findall(text))


def expressions_of(input: "dict[str, Any]") -> "list[Expression]":
    return [Expression(member, input[member]) for member in EXPRESSIONS if isinstance(input.get(member), str)]


def name_of(token: str, names: "dict[str, str]") -> str:
    return names.get(token, token)


def updated_paths(text: str, names: "dict[str, str]") -> "Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]":
    """Reads an update expression: yields section, the path that it changes, and the tokens of its new value."""
    section = ""
    clause: "list[str]" = []
    depth = 0
    for token in (*tokens_of(text), "END"):
        is_section = depth == 0 and (token.upper() in SECTIONS or token == "END")
        if is_section or (depth == 0 and token == ","):
            if clause:
                yield section, *_clause(section, clause, names)
            clause = []
            if is_section:
                section = token.upper()
            continue
        depth += (token == "(") - (token == ")")
        clause.append(token)


def _clause(section: str, tokens: "list[str]", names: "dict[str, str]") -> "tuple[tuple[str, ...], tuple[str, ...]]":
    if section == "SET":
        at = tokens.index("=") if "=" in tokens else len(tokens)
    else:
        at = next((index for index, token in enumerate(tokens) if token[0] == ":"), len(tokens))
    path = tuple(name_of(token, names) for token in tokens[:at] if token not in (".", "[", "]"))
    return path, tuple(tokens[at + (section == "SET") :])


def key_conditions(text: str, names: "dict[str, str]") -> "Iterator[tuple[str, str, tuple[str, ...]]]":
    """Yields attribute, operator in capitals, and operands of each condition."""
    tokens = [token for token in tokens_of(text) if token not in ("(", ")")]
    at = 0
    while at < len(tokens):
        if tokens[at] == "begins_with":
            yield name_of(tokens[at + 1], names), "BEGINS_WITH", (tokens[at + 3],)
            at += 5
        elif tokens[at + 1].upper() == "BETWEEN":
            yield name_of(tokens[at], names), "BETWEEN", (tokens[at + 2], tokens[at + 4])
            at += 6
        else:
            yield name_of(tokens[at], names), tokens[at + 1], (tokens[at + 2],)
            at += 4
