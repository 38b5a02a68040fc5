"""Makes the Parquet files beside it, of kinds that DuckDB does not write: python recipe.py (pyarrow 26)."""

import datetime
import decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

folder = Path(__file__).parent
NANOS = [1_700_000_000_123_456_789, None, -1]
MICROS = [1_700_000_000_123_456_000, None, -1_000]


def write(name: str, table: pa.Table, **options: object) -> None:
    pq.write_table(table, folder / f"{name}.parquet", store_schema=False, **options)


write("int96-nanos", pa.table({"n": [1, 2, 3], "a": pa.array(NANOS, pa.timestamp("ns"))}), use_deprecated_int96_timestamps=True)
write("int96-micros", pa.table({"a": pa.array(MICROS, pa.timestamp("ns")), "n": [1, 2, 3]}), use_deprecated_int96_timestamps=True)
write("int96-far", pa.table({"a": pa.array([datetime.datetime(9999, 12, 31, 23, 59, 59), datetime.datetime(1, 1, 1)], pa.timestamp("us"))}), use_deprecated_int96_timestamps=True)
write("int96-plain", pa.table({"a": pa.array(NANOS, pa.timestamp("ns"))}), use_deprecated_int96_timestamps=True, use_dictionary=False)
write("int96-nested", pa.table({"a": pa.array([[1]], pa.list_(pa.timestamp("ns")))}), use_deprecated_int96_timestamps=True)
write("instant-nanos", pa.table({"a": pa.array(NANOS, pa.timestamp("ns", "Europe/Berlin"))}))
write("instant-micros", pa.table({"a": pa.array(MICROS, pa.timestamp("ns", "UTC"))}))
write("instant-nested", pa.table({"a": pa.array([[NANOS[0]]], pa.list_(pa.timestamp("ns", "UTC")))}))
write(
    "nested",
    pa.table(
        {
            "a": pa.array(
                [{"t": 12_345_678_901_234, "l": [MICROS[0]], "n": NANOS[0], "m": [("k", 1)]}],
                pa.struct([("t", pa.time64("ns")), ("l", pa.list_(pa.timestamp("ns", "UTC"))), ("n", pa.timestamp("ns")), ("m", pa.map_(pa.string(), pa.time64("ns")))]),
            )
        }
    ),
)
write("nanos", pa.table({"a": pa.array(NANOS, pa.timestamp("ns"))}))
write("time-nanos", pa.table({"a": pa.array([12_345_678_901_234, None], pa.time64("ns"))}))
write("decimal-60", pa.table({"a": pa.array([decimal.Decimal("1.5")], pa.decimal256(60, 1))}))
write("nulls", pa.table({"a": pa.array([None, None], pa.null())}))
write("unsigned", pa.table({"a": pa.array([2**64 - 1, 0], pa.uint64()), "b": pa.array([2**32 - 1, 0], pa.uint32())}))
write("case", pa.table([pa.array([1]), pa.array([2])], names=["a", "A"]))
