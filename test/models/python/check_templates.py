"""
Checks every property of the templates against the registry schema of its resource. cfn-lint does most of it, and
`unlinted_faults` what it lets through. The templates are broken on purpose, in each way that a schema forbids, to show that all of it is done.

Usage: check_templates.py FOLDER, with the files of `write-templates.ts`.
"""

import json
import os
import sys
from collections import Counter
from functools import lru_cache
from typing import Any

from cfnlint.api import lint
from cfnlint.config import ManualArgs
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from template_sites import GONE, Break, Site, breaks_of, sites_of, unlinted_faults

# W3005: CDK lets a function wait for its whole role, with its policies, beside the reference that the linter sees.
IGNORED = ["W3005"]
SHOWN = 30


def faults_of(template: "dict[str, Any]", region: str) -> "list[tuple[str, tuple[str | int, ...], str]]":
    found = lint(json.dumps(template, indent=1), config=ManualArgs(regions=[region], ignore_checks=IGNORED))
    own = [
        ("own", path, text)
        for site in sites_of(template, region)
        for path, text in unlinted_faults(site, read_only_of(region, site.kind[0]))
    ]
    return [(match.rule.id, tuple(match.path or ()), match.message) for match in found] + own


def broken(template: "dict[str, Any]", breaks: "list[Break]") -> "dict[str, Any]":
    copy = json.loads(json.dumps(template))
    for one in breaks:
        holder = copy
        for part in one.path[:-1]:
            holder = holder[part]
        if one.value is GONE:
            holder.pop(one.path[-1], None)
        else:
            holder[one.path[-1]] = one.value
    # Others only cost time.
    broken_ids = {one.path[1] for one in breaks}
    copy["Resources"] = {id: resource for id, resource in copy["Resources"].items() if id in broken_ids}
    return copy


def rounds(breaks: "list[Break]") -> "list[list[Break]]":
    """Breaks that do not meet: none is within another, or beside it in one object, where the linter says one thing only."""
    found: "list[list[Break]]" = []
    for one in breaks:
        for others in found:
            if not any(_meet(one, other) for other in others):
                others.append(one)
                break
        else:
            found.append([one])
    return found


def _meet(one: Break, other: Break) -> bool:
    a, b = one.path, other.path
    return a[: len(b)] == b or b[: len(a)] == a or (one.found_at == other.found_at)


@lru_cache(maxsize=None)
def read_only_of(region: str, type: str) -> "set[str]":
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type).schema
    return {path.removeprefix("/properties/") for path in schema.get("readOnlyProperties", []) if path.count("/") == 2}


def main(folder: str) -> int:
    counts: "Counter[str]" = Counter()
    faults: "list[str]" = []
    tried: "set[tuple[str, tuple[str, ...]]]" = set()
    noticed: "Counter[str]" = Counter()
    missed: "Counter[str]" = Counter()
    types: "set[str]" = set()
    names = sorted(os.listdir(folder))
    for name in names:
        region = name.removesuffix(".json").split("@")[1]
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            template = json.load(file)
        faults += [f"{name}: {'/'.join(map(str, path))}: {text} ({rule})" for rule, path, text in faults_of(template, region)]
        sites = list(sites_of(template, region))
        count(sites, counts)
        types |= {resource["Type"] for resource in template["Resources"].values()}
        counts["resources"] += len(template["Resources"])
        todo: "list[Break]" = []
        for site in sites:
            for one in breaks_of(site, read_only_of(region, site.kind[0])):
                key = (f"{one.name} {str(one.value)[:20]}", one.kind)
                if key not in tried:
                    tried.add(key)
                    todo.append(one)
        for some in rounds(todo):
            found = {(rule, path) for rule, path, _ in faults_of(broken(template, some), region)}
            for one in some:
                if ("own", one.found_at) in found or any((rule, one.found_at) in found for rule in one.rules):
                    noticed[one.name] += 1
                else:
                    missed[f"{one.name}: {'.'.join(one.kind)}"] += 1
    for text in faults[:SHOWN]:
        print(text)
    for text, _ in missed.most_common(SHOWN):
        print(f"not noticed: {text}")
    print(f"broken on purpose, by kind: {', '.join(f'{kind} {number}' for kind, number in sorted(noticed.items()))}")
    print(
        f"models: {len(names)} templates, {counts['resources']} resources of {len(types)} types, {counts['properties']} properties checked, "
        f"{counts['functions']} left to CloudFormation; {len(faults)} faults"
    )
    print(f"models: {noticed.total() + missed.total()} properties broken on purpose, {noticed.total()} noticed")
    return 0 if not faults and not missed else 1


def count(sites: "list[Site]", counts: "Counter[str]") -> None:
    for site in sites:
        if len(site.path) > 3:
            counts["functions" if site.is_function else "properties"] += 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
