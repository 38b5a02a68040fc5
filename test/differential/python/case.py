"""A case: the objects to read, how to read them, and what must come out of it."""

import json
import os
import zlib
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pyarrow as pa


@dataclass
class Case:
    """`outcome` is `rows` (exactly these), `refused` (a job error that names the object, and one of `lines` where there are some) or `either`."""

    kind: str
    source: "dict[str, Any]"
    objects: "list[tuple[str, bytes]]"
    outcome: str = "rows"
    columns: "list[dict[str, Any]]" = field(default_factory=list)
    rows: "list[list[Any]]" = field(default_factory=list)
    # Where a refusal must point to: keys of `objects` of which one (`lines` absent), or all (`all_objects`) must be named.
    faulty: "list[str]" = field(default_factory=list)
    lines: "tuple[int, int] | None" = None
    is_prefix: bool = False
    notes: "dict[str, Any]" = field(default_factory=dict)

    def write(self, folder: str, name: str) -> "dict[str, Any]":
        """Writes the objects and the expected rows below `folder`; returns what the other side needs to know."""
        home = os.path.join(folder, name)
        os.makedirs(home)
        paths = []
        for index, (key, body) in enumerate(self.objects):
            path = os.path.join(home, f"object-{index}")
            with open(path, "wb") as file:
                file.write(body)
            paths.append({"key": f"{name}/{key}", "path": path, "size": len(body)})
        expected = os.path.join(home, "expected.ndjson")
        with open(expected, "w", encoding="utf-8") as file:
            for row in self.rows:
                file.write(json.dumps(row, ensure_ascii=True, separators=(",", ":")) + "\n")
        return {
            "name": name,
            "kind": self.kind,
            "folder": home,
            "source": self.source,
            "key": f"{name}/" if self.is_prefix else paths[0]["key"],
            "objects": paths,
            "outcome": self.outcome,
            "columns": self.columns,
            "rowCount": len(self.rows),
            "expected": expected,
            "faulty": [f"{name}/{key}" for key in self.faulty],
            "lines": self.lines,
            "notes": self.notes,
        }


def compressed(rng: Random, body: bytes, suffix: str) -> bytes:
    """Gzip in one or several members (RFC 1952 allows them), or Zstandard in one or several frames."""
    cut = rng.randint(0, len(body)) if rng.random() < 0.3 else len(body)
    pieces = [body[:cut], body[cut:]] if cut < len(body) else [body]
    return b"".join(gzip_of(piece) if suffix == ".gz" else zstd_of(piece) for piece in pieces)


def gzip_of(body: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def zstd_of(body: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(body)
    return sink.getvalue().to_pybytes()


def damaged(rng: Random, whole: bytes, suffix: str) -> "tuple[str, bytes]":
    """A stream that is not whole, or not what it says."""
    kinds = ["cut", "cut at the end", "garbage behind", "not compressed"] + (["checksum", "length"] if suffix == ".gz" else [])
    kind = rng.choice(kinds) if len(whole) > 20 else "not compressed"
    if kind == "cut":
        return kind, whole[: rng.randint(1, max(1, len(whole) - 9))]
    if kind == "cut at the end":
        return kind, whole[: -rng.randint(1, min(7, len(whole) - 1))]
    if kind == "garbage behind":
        return kind, whole + b"garbage behind it"
    if kind == "not compressed":
        return kind, b"a,b\n1,2\n"
    at = len(whole) - (rng.randint(5, 8) if kind == "checksum" else rng.randint(1, 4))
    return kind, whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
