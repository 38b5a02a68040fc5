"""Tables written as Parquet by pyarrow, in every physical and logical type that it writes, and read back by it."""

import base64
import datetime
import io
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from case import Case
from values import digits, text

DAY_NS = 86_400 * 10**9


def whole(rng: Random, low: int, high: int) -> int:
    return rng.choice([low, high, 0, 1, rng.randint(low, high), rng.randint(max(low, -9), min(high, 99))])


def real(rng: Random) -> float:
    return rng.choice([0.0, -0.0, 0.1, 1.5, 1e300, 5e-324, float("inf"), float("-inf"), float("nan"), rng.uniform(-1e6, 1e6), 2.0**53 + 2])


def decimal_type(rng: Random, kind: Any, widest: int) -> "tuple[pa.DataType, Any]":
    width = rng.choice([1, 4, 9, 18, 19, 38, widest])
    scale = rng.choice([0, min(2, width), width // 2, width])
    return kind(width, scale), lambda: Decimal(rng.choice(["", "-"]) + digits(rng, rng.randint(1, width))).scaleb(-scale)


def scalar_type(rng: Random) -> "tuple[pa.DataType, Any]":
    """Returns a type and a function that draws its values."""
    bits = rng.choice([8, 16, 32, 64])
    unit = rng.choice(["s", "ms", "us", "ns"])
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    zone = rng.choice([None, "UTC", "Europe/Berlin"])
    choices = {
        "int": lambda: (getattr(pa, f"int{bits}")(), lambda: whole(rng, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)),
        "uint": lambda: (getattr(pa, f"uint{bits}")(), lambda: whole(rng, 0, 2**bits - 1)),
        "float": lambda: (pa.float32(), lambda: real(rng) if rng.random() < 0.3 else rng.randint(-9999, 9999) / 8),
        "half": lambda: (pa.float16(), lambda: rng.randint(-99, 99) / 8),
        "double": lambda: (pa.float64(), lambda: real(rng)),
        "bool": lambda: (pa.bool_(), lambda: rng.random() < 0.5),
        "string": lambda: (rng.choice([pa.string(), pa.large_string()]), lambda: rng.choice([text(rng), "", "007", "2026-01-01", "a\x00b"])),
        "binary": lambda: (rng.choice([pa.binary(), pa.large_binary()]), lambda: bytes(rng.randrange(256) for _ in range(rng.randint(0, 9)))),
        "fixed": lambda: (pa.binary(5), lambda: bytes(rng.randrange(256) for _ in range(5))),
        "decimal128": lambda: decimal_type(rng, pa.decimal128, 38),
        "decimal256": lambda: decimal_type(rng, pa.decimal256, 76),
        "date": lambda: (pa.date32(), lambda: datetime.date.fromordinal(rng.randint(1, 3_652_059))),
        "time": lambda: (pa.time64(rng.choice(["us", "ns"])), lambda: rng.randint(0, 86_399_999_999) if rng.random() < 0.5 else rng.randint(0, 999)),
        "time ms": lambda: (pa.time32("ms"), lambda: rng.randint(0, 86_399_999)),
        "timestamp": lambda: (pa.timestamp(unit, zone), lambda: rng.randint(-(10**9), 4 * 10**9) * per_second + rng.randrange(per_second)),
        "dictionary": lambda: (pa.dictionary(pa.int32(), pa.string()), lambda: rng.choice(["red", "green", "", "blue"])),
        "null": lambda: (pa.null(), lambda: None),
    }
    return rng.choice(list(choices.values()))()


def nested_type(rng: Random, depth: int = 0) -> "tuple[pa.DataType, Any]":
    kind = rng.choices(["scalar", "list", "struct", "map"], [80 if depth == 0 else 60, 8, 8, 4])[0]
    if kind == "scalar" or depth > 2:
        while True:
            kind, draw = scalar_type(rng)
            if depth == 0 or not (pa.types.is_null(kind) or pa.types.is_dictionary(kind)):
                return kind, draw
    inner, draw = nested_type(rng, depth + 1)
    if kind == "list":
        return rng.choice([pa.list_, pa.large_list])(inner), lambda: [draw() if rng.random() < 0.9 else None for _ in range(rng.randint(0, 3))]
    if kind == "map":
        return pa.map_(pa.string(), inner), lambda: [(f"k{index}", draw()) for index in range(rng.randint(0, 3))]
    members = {"a": (inner, draw), **{f"m {index}": nested_type(rng, depth + 1) for index in range(rng.randint(0, 2))}}
    return pa.struct([pa.field(name, of) for name, (of, _) in members.items()]), lambda: {name: make() if rng.random() < 0.9 else None for name, (_, make) in members.items()}


def tagged(scalar: pa.Scalar) -> Any:
    """As the comparing side reads it: exact numbers by their digits, times as integers of nanoseconds, bytes as base64."""
    kind = scalar.type
    if not scalar.is_valid:
        return None
    if pa.types.is_dictionary(kind):
        return tagged(pa.scalar(scalar.as_py(), kind.value_type))
    if pa.types.is_boolean(kind):
        return scalar.as_py()
    if pa.types.is_integer(kind):
        return {"n": str(scalar.as_py())}
    if pa.types.is_floating(kind):
        return {"f": repr(float(scalar.as_py()))}
    if pa.types.is_decimal(kind):
        return {"n": format(scalar.as_py(), "f")}
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return scalar.as_py()
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return {"b": base64.b64encode(scalar.as_py()).decode()}
    if pa.types.is_date(kind):
        return {"d": scalar.as_py().isoformat()}
    if pa.types.is_time(kind):
        return {"time": str(scalar.value * {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[kind.unit])}
    if pa.types.is_timestamp(kind):
        return {"ts": str(scalar.value * {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[kind.unit]), "zone": kind.tz is not None}
    if pa.types.is_map(kind):
        return {"map": [[tagged(pair["key"]), tagged(pair["value"])] for pair in scalar.values]}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [tagged(item) for item in scalar.values]
    if pa.types.is_struct(kind):
        return {"o": [[field.name, tagged(scalar[index])] for index, field in enumerate(kind)]}
    raise AssertionError(f"no tag for {kind}")


def class_of(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        return "parquet integer"
    if pa.types.is_floating(kind):
        return "parquet double"
    if pa.types.is_decimal(kind):
        return "parquet decimal" if kind.precision <= 38 else "any"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return "parquet text"
    if pa.types.is_timestamp(kind):
        return "parquet timestamp zone" if kind.tz else "parquet timestamp"
    return "any"


def parquet_bytes(rng: Random, table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        store_schema=rng.random() < 0.3,
        compression=rng.choice(["snappy", "zstd", "gzip", "none", "lz4", "brotli"]),
        use_dictionary=rng.random() < 0.5,
        row_group_size=rng.choice([None, 1, 10, 1000]) if table.num_rows < 2000 else None,
        # Before 2.6 there are no nanoseconds.
        version="2.6" if "ns" in str(table.schema) or "is_exact" in options else rng.choice(["1.0", "2.4", "2.6"]),
        data_page_version=rng.choice(["1.0", "2.0"]),
        **{name: value for name, value in options.items() if name != "is_exact"},
    )
    return sink.getvalue()


def column_of(rng: Random, kind: pa.DataType, draw: Any, count: int) -> pa.Array:
    nulls = rng.choice([0, 0.1, 0.5])
    return pa.array([None if rng.random() < nulls else draw() for _ in range(count)], type=kind)


UNIONS = [
    (pa.int8(), pa.int64()), (pa.int32(), pa.int64()), (pa.uint64(), pa.int64()), (pa.uint32(), pa.int32()), (pa.int64(), pa.float64()), (pa.int32(), pa.float64()), (pa.float32(), pa.float64()),
    (pa.decimal128(38, 0), pa.decimal128(4, 2)), (pa.decimal128(10, 2), pa.decimal128(12, 4)), (pa.decimal128(38, 10), pa.decimal128(38, 2)), (pa.int64(), pa.decimal128(10, 2)), (pa.int64(), pa.string()), (pa.float64(), pa.decimal128(20, 5)),
    (pa.timestamp("us"), pa.timestamp("ns")), (pa.timestamp("ms"), pa.timestamp("us")), (pa.timestamp("us"), pa.timestamp("us", "UTC")), (pa.date32(), pa.timestamp("us")), (pa.bool_(), pa.int32()), (pa.string(), pa.binary()), (pa.int64(), pa.null()), (pa.string(), pa.date32()),
    (pa.struct([("a", pa.int32())]), pa.struct([("a", pa.int64()), ("b", pa.string())])), (pa.list_(pa.int32()), pa.list_(pa.float64())), (pa.time64("us"), pa.time64("ns")), (pa.uint64(), pa.float64()), (pa.uint8(), pa.int8()),
]  # fmt: skip


def of_type(rng: Random, kind: pa.DataType) -> Any:
    if pa.types.is_signed_integer(kind):
        return whole(rng, -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1) if rng.random() < 0.7 else min(2 ** (kind.bit_width - 1) - 1, 9007199254740993)
    if pa.types.is_integer(kind):
        return whole(rng, 0, 2**kind.bit_width - 1)
    if pa.types.is_floating(kind):
        return rng.choice([0.5, 1.0, 1e17, -2.25])
    if pa.types.is_decimal(kind):
        return Decimal(digits(rng, rng.randint(1, kind.precision))).scaleb(-kind.scale)
    if pa.types.is_boolean(kind):
        return rng.random() < 0.5
    if pa.types.is_string(kind):
        return rng.choice(["x", "1", "2026-01-01", ""])
    if pa.types.is_binary(kind):
        return rng.choice([b"\xff\x00", b"x"])
    if pa.types.is_date(kind):
        return datetime.date(2026, 1, rng.randint(1, 28))
    if pa.types.is_timestamp(kind):
        return rng.randint(0, 2 * 10**9) * {"ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit] + rng.randint(0, 999)
    if pa.types.is_time(kind):
        return rng.randint(0, 86_399_999_999)
    if pa.types.is_null(kind):
        return None
    if pa.types.is_list(kind):
        return [of_type(rng, kind.value_type) for _ in range(rng.randint(0, 2))]
    return {field.name: of_type(rng, field.type) for field in kind}


def parquet_case(rng: Random) -> Case:
    kind = rng.choices(["one", "several", "types that differ", "int96", "hive", "broken"], [50, 12, 16, 6, 8, 8])[0]
    return {"one": one, "several": several, "types that differ": differing, "int96": int96, "hive": hive, "broken": broken}[kind](rng)


def random_table(rng: Random) -> pa.Table:
    width = rng.choices([1, rng.randint(2, 8), rng.randint(9, 120)], [20, 70, 10])[0]
    count = rng.choices([0, 1, rng.randint(2, 50), rng.randint(51, 500)], [4, 8, 70, 18])[0]
    count = min(count, 3000 // width)
    names = [f"c{index}" if rng.random() < 0.85 else rng.choice(["a b", "a.b", 'q"', "ünï", "SELECT", "1", "__proto__", "file_row_number", "filename"]) + str(index) for index in range(width)]
    return pa.table([column_of(rng, *nested_type(rng), count) for _ in range(width)], names=names)


def read_back(bodies: "list[bytes]") -> "list[pa.Table]":
    """The independent reading: without the schema that pyarrow leaves in the file for itself."""
    return [pq.ParquetFile(io.BytesIO(body), arrow_extensions_enabled=False).read() for body in bodies]


def expect(case: Case, tables: "list[pa.Table]") -> Case:
    names = list(dict.fromkeys(name for table in tables for name in table.column_names))
    kinds = {name: [table.schema.field(name).type for table in tables if name in table.column_names] for name in names}
    case.columns = [{"name": name, "class": class_of(kinds[name][0]) if len(set(kinds[name])) == 1 else "any"} for name in names]
    for table in tables:
        columns = [[tagged(value) for value in table.column(name)] if name in table.column_names else [None] * table.num_rows for name in names]
        case.rows += [list(row) for row in zip(*columns)]
    # A number that no type of the engine holds, or nanoseconds with a zone: exact or refused.
    hard = lambda kind: (pa.types.is_decimal(kind) and kind.precision > 38) or (pa.types.is_timestamp(kind) and kind.unit == "ns") or (pa.types.is_nested(kind) and any(hard(kind.field(i).type) for i in range(kind.num_fields)))
    if case.outcome == "rows" and any(hard(kind) for of in kinds.values() for kind in of):
        case.outcome = "either"
        case.faulty = [key for key, _ in case.objects] if len(case.objects) == 1 else []
    return case


def one(rng: Random) -> Case:
    body = parquet_bytes(rng, random_table(rng))
    return expect(Case(kind="parquet", source={"format": "parquet"}, objects=[("t.parquet", body)]), read_back([body]))


def several(rng: Random) -> Case:
    """Objects of one schema; some lack columns or have them in another order. Names that begin with _ or . are not data."""
    table = random_table(rng)
    bodies = []
    for index in range(rng.randint(2, 4)):
        start = rng.randint(0, table.num_rows)
        names = table.column_names
        if rng.random() < 0.4:
            names = rng.sample(names, rng.randint(1, len(names)))
        bodies.append((f"part-{index}.parquet", parquet_bytes(rng, table.slice(start).select(names), is_exact=True)))
    case = Case(kind="parquet, several objects", source={"format": "parquet"}, objects=bodies, is_prefix=True)
    expect(case, read_back([body for _, body in bodies]))
    if rng.random() < 0.4:
        case.kind += ", hidden names"
        case.objects = [*bodies, *rng.sample([("_SUCCESS", b"x"), ("_metadata", b"PAR1"), (".part-0.parquet.crc", b"crc"), ("_tmp/x.parquet", b"half")], 2)]
    return case


def differing(rng: Random) -> Case:
    """A column whose type is another one in another object: united without loss, or refused with both named."""
    kinds = list(rng.choice(UNIONS))
    rng.shuffle(kinds)
    bodies = [(f"{index}.parquet", parquet_bytes(rng, pa.table({"id": pa.array([1, 2]), "v": pa.array([of_type(rng, kind), of_type(rng, kind)], type=kind)}), is_exact=True)) for index, kind in enumerate(kinds)]
    case = Case(kind=f"parquet, types that differ: {kinds[0]}, {kinds[1]}", source={"format": "parquet"}, objects=bodies, is_prefix=True, outcome="either", faulty=[key for key, _ in bodies], notes={"allNamed": True})
    return expect(case, read_back([body for _, body in bodies]))


def int96(rng: Random) -> Case:
    fine = rng.random() < 0.5
    values = [rng.randint(-(10**9), 4 * 10**9) * 10**9 + (rng.randrange(10**9) if fine else rng.randrange(10**6) * 1000) for _ in range(rng.randint(1, 20))]
    body = parquet_bytes(rng, pa.table({"t": pa.array(values, type=pa.timestamp("ns")), "n": pa.array(list(range(len(values))))}), use_deprecated_int96_timestamps=True)
    case = Case(kind="parquet, INT96", source={"format": "parquet"}, objects=[("t.parquet", body)])
    return expect(case, read_back([body]))


def hive(rng: Random) -> Case:
    """Keys with `name=value` in their folders; they are columns where the caller says so, else no more than keys."""
    is_asked = rng.random() < 0.6
    values = rng.sample(["2026-01-01", "2026-01-02", "007", "x y", "1", "true"], rng.randint(1, 3))
    objects, tables = [], []
    for value in sorted(values, key=lambda one: one.replace(" ", "%20")):
        table = pa.table({"n": pa.array([rng.randint(0, 99) for _ in range(rng.randint(1, 4))])})
        objects.append((f"k={value.replace(' ', '%20')}/0.parquet", parquet_bytes(rng, table)))
        tables.append((value, table))
    case = Case(kind=f"parquet, hive{'' if is_asked else ' not asked'}", source={"format": "parquet", **({"partitions": "hive"} if is_asked else {})}, objects=objects, is_prefix=True)
    case.columns = [{"name": "n", "class": "parquet integer"}] + ([{"name": "k", "class": "any"}] if is_asked else [])
    for value, table in tables:
        case.rows += [[{"n": str(number)}] + ([{"any": value}] if is_asked else []) for number in table["n"].to_pylist()]
    return case


def broken(rng: Random) -> Case:
    body = parquet_bytes(rng, random_table(rng))
    how = rng.choice(["cut", "not Parquet", "CSV", "no end", "zeros within"])
    made = {"cut": body[: rng.randint(1, len(body) - 1)], "not Parquet": b"this is not Parquet at all", "CSV": b"a,b\n1,2\n", "no end": body[:-4], "zeros within": body[:4] + bytes(len(body) - 12) + body[-8:]}[how]
    good = parquet_bytes(rng, pa.table({"n": pa.array([1])}))
    objects = [("0.parquet", good), ("1.parquet", made)] if rng.random() < 0.5 else [("1.parquet", made)]
    return Case(kind=f"parquet, {how}", source={"format": "parquet"}, objects=objects, is_prefix=len(objects) > 1, outcome="refused", faulty=["1.parquet"])
