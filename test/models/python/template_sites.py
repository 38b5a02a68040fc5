"""
The properties of a template beside the registry schema of their resource, and ways to break them. Values that only CloudFormation knows (`Ref`,
`Fn::GetAtt` and the like) are counted, and cannot be checked.
"""

from dataclasses import dataclass
from typing import Any, Iterator

import regex
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

Path = "tuple[str | int, ...]"
GONE = object()


@dataclass(frozen=True)
class Site:
    path: Path
    value: Any
    schema: "dict[str, Any]"
    # Where it is, for sites of the same kind: the type and the names of properties, without indexes.
    kind: "tuple[str, ...]"
    # Whether it is a value of a map that has keys of its own.
    is_entry: bool = False

    @property
    def is_function(self) -> bool:
        return is_function(self.value)


@dataclass(frozen=True)
class Break:
    """What one place of a template becomes, and where a fault of which linter rules must then be found."""

    name: str
    path: Path
    value: Any
    found_at: Path
    rules: "tuple[str, ...]"
    kind: "tuple[str, ...]"


def is_function(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def sites_of(template: "dict[str, Any]", region: str) -> "Iterator[Site]":
    """Every property, whether its schema says something of it or not."""
    for id, resource in template["Resources"].items():
        # Those of a custom resource are known to its own code only.
        is_custom = resource["Type"].startswith("Custom::")
        schema = {} if is_custom else PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, resource["Type"]).schema
        path = ("Resources", id, "Properties")
        yield from _sites(schema, schema, resource.get("Properties", {}), path, (resource["Type"],))


def _sites(root: "dict[str, Any]", schema: "dict[str, Any]", value: Any, path: Path, kind: "tuple[str, ...]", is_entry: bool = False) -> "Iterator[Site]":
    schema = _resolved(root, schema)
    yield Site(path, value, schema, kind, is_entry)
    if is_function(value):
        return
    if isinstance(value, dict):
        for name, member in value.items():
            # Maps of one kind of value have one pattern, for their keys.
            entry = next(iter(schema.get("patternProperties", {}).values()), {})
            inner = schema.get("properties", {}).get(name, entry)
            yield from _sites(root, inner if isinstance(inner, dict) else {}, member, (*path, name), (*kind, name), inner is entry)
    elif isinstance(value, list):
        items = schema.get("items", {})
        for index, item in enumerate(value):
            yield from _sites(root, items if isinstance(items, dict) else {}, item, (*path, index), (*kind, "*"))


def _resolved(root: "dict[str, Any]", schema: "dict[str, Any]") -> "dict[str, Any]":
    while "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        # What is beside a reference adds to it.
        schema = {**target, **{name: value for name, value in schema.items() if name != "$ref"}}
    return schema


def breaks_of(site: Site, read_only: "set[str]") -> "Iterator[Break]":
    """Each way in which the schema of a property forbids a value of it."""
    if site.is_function:
        return
    schema, value, path = site.schema, site.value, site.path

    def put(name: str, broken: Any, rules: "tuple[str, ...]", at: Path = path, found: Path = path) -> Break:
        return Break(name, at, broken, found, rules, (*site.kind, *map(str, at[len(path) :])))

    if isinstance(value, dict):
        if schema.get("additionalProperties") is False and "properties" in schema:
            yield put("unknown", "x", ("E3002",), (*path, "NoSuchProperty"), (*path, "NoSuchProperty"))
        for name in schema.get("required", []):
            if name in value:
                yield put("required", GONE, ("E3003",), (*path, name))
        if path[-1] == "Properties" and len(path) == 3:
            for name in sorted(read_only - value.keys()):
                yield put("read-only", "x", ("E3040",), (*path, name), (*path, name))
    if isinstance(value, list):
        if value and schema.get("maxItems") is not None and schema["maxItems"] < 200:
            yield put("items", value[:1] * (schema["maxItems"] + 1), ("E3032",))
        if schema.get("minItems", 0) > 0:
            yield put("items", [], ("E3032",))
        if schema.get("uniqueItems") and value:
            yield put("unique", [value[0], value[0]], ("E3037",))
    if isinstance(value, str):
        yield from _broken_strings(schema, put)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if "maximum" in schema:
            yield put("range", schema["maximum"] + 1, ("E3034",))
        if "minimum" in schema:
            yield put("range", schema["minimum"] - 1, ("E3034",))
    kinds = schema.get("type")
    if kinds is not None and not isinstance(value, (dict, list)):
        yield put("type", ["x"], ("E3012",))


def unlinted_faults(site: Site, read_only: "set[str]") -> "Iterator[tuple[Path, str]]":
    """
    What cfn-lint 1.58 lets through: properties that are only for reading, lists and objects as values of a function's environment, and most of
    what is within the key schema of a global table.
    """
    schema, value, path = site.schema, site.value, site.path
    if site.is_function:
        return
    if len(path) == 4 and path[3] in read_only:
        yield path, "must not be set: it is what CloudFormation answers"
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if isinstance(value, (dict, list)) and kinds:
        if ("object" if isinstance(value, dict) else "array") not in kinds or (site.is_entry and "string" in kinds):
            yield path, f"must be a {' or '.join(kinds)}"
    if isinstance(value, dict) and schema.get("additionalProperties") is False and "properties" in schema:
        for name in value.keys() - schema["properties"].keys():
            yield (*path, name), "is not a property that CloudFormation knows"
        for name in schema.get("required", []):
            if name not in value:
                yield path, f"must have {name}"
    if isinstance(value, str):
        if "enum" in schema and value not in schema["enum"]:
            yield path, f"must be one of {', '.join(map(str, schema['enum']))}"
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            yield path, f"must have {schema.get('minLength', 0)} to {schema.get('maxLength', 'any number of')} characters (has {len(value)})"


def _broken_strings(schema: "dict[str, Any]", put: Any) -> "Iterator[Break]":
    if "enum" in schema:
        yield put("enum", "NoSuchValue", ("E3030",))
    if "maxLength" in schema:
        yield put("length", "a" * (schema["maxLength"] + 1), ("E3033",))
    if schema.get("minLength", 0) > 0:
        yield put("length", "", ("E3033",))
    if "pattern" in schema:
        for text in ("\n?*", ":", "a b", "é"):
            if regex.search(schema["pattern"], text) is None:
                yield put("pattern", text, ("E3031",))
                break
