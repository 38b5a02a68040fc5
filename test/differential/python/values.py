"""Values as they are written in files: each generator draws the text of one value, `CLASSES` lists the types that a reader may give a column of them."""

import datetime
import re
from decimal import Decimal
from random import Random

INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?\Z"
)
MIN_HUGEINT, MAX_HUGEINT = -(2**127), 2**127 - 1


def digits(rng: Random, count: int) -> str:
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))


def signed(rng: Random, text: str) -> str:
    return ("-" if rng.random() < 0.3 else "") + text


def decimal_text(rng: Random, whole: int, scale: int) -> str:
    fraction = "".join(str(rng.randint(0, 9)) for _ in range(scale))
    head = digits(rng, whole) if whole else "0"
    text = f"{head}.{fraction}"
    return text if Decimal(text) == 0 else signed(rng, text)


def date_text(rng: Random) -> str:
    day = datetime.date.fromordinal(rng.randint(600_000, 800_000) if rng.random() < 0.8 else rng.randint(1, 3_652_059))
    return day.isoformat()


def time_text(rng: Random) -> str:
    return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"


def timestamp_text(rng: Random, separator: str = " ", fraction: int = 0, zone: str = "", is_any_year: bool = False) -> str:
    day = datetime.date.fromordinal(rng.randint(1, 3_652_059) if is_any_year else rng.randint(720_000, 750_000)).isoformat()
    digits_after = "." + "".join(str(rng.randint(0, 9)) for _ in range(fraction)) if fraction else ""
    return f"{day}{separator}{time_text(rng)}{digits_after}{zone}"


WORDS = (
    "alpha beta gamma delta Zürich naïve straße 東京 Владивосток مرحبا 😀👩‍👩‍👧 e\u0301 İstanbul ﬁn O'Neil don't #hash //slash C:\\temp\\new \\N back\\slash"
    " a=b 100% $5 @home =1+1 -dash +plus {curly} [1,2] <xml/> semi;colon pi|pe co,mma ta\tb tilde~ ca^ret a:b"
).split(" ")


def text(rng: Random) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 4)))


def quoted_text(rng: Random) -> str:
    """A text that must be quoted in most dialects, or that misleads a reader which sniffs."""
    return rng.choice(
        [
            'say "hi"', '"', '""', 'a"b', "line\nbreak", "line\r\nbreak", "line\rbreak", "\n", " lead", "trail ", "\ttab", ",", ";;", "|",
            "'single'", "'", "'open", "it's, \"both\"", 'x""y', '","', '"\n"', "a,b;c\td|e", "\\", '\\"', "ends\\", "\u00a0nbsp\u00a0", "\u2028sep",
        ]
    )


# Texts that some readers take for another type; each of them must come out as it is written.
TRAPS = {
    "leading zeros": ["007", "00", "-01", "000123", "0123456789", "01.5", "00.10"],
    "plus": ["+1", "+0", "+1.5", "+49301234"],
    "hexadecimal": ["0x1F", "0xff", "0b101", "0o17", "1F", "1e5f", "#FF0000"],
    "words of truth": ["t", "f", "yes", "no", "y", "n", "on", "off", "T", "F", "Yes", "0", "1"],
    "infinite": ["inf", "infinity", "-Infinity", "nan", "NaN", "Infinity", "-inf"],
    "short dates": ["1-2-3", "12-05-01", "2026-1-2", "26-01-02", "2026/01/02", "2026.01.02", "20260102", "2026-01", "2026"],
    "exponents": ["12e45", "1e5", "1E5", "1.5e3", "1e-7", "1e400", "3E+2"],
    "versions": ["10.4.21", "1.2.3", "11.5.22", "192.168.0.1", "1.2.3.4"],
    "times": ["21:18", "15:21", "7:05", "21:18:30", "00:00", "24:00:00", "1:02:03.5"],
    "other orders": ["01/02/2026", "13/02/2026", "02/13/2026", "06/01/02", "1.2.2026", "31.12.1999", "1 Jan 2026", "Jan 1, 2026", "01-02-2026"],
    "impossible dates": ["2026-02-30", "2026-13-01", "0000-00-00", "2025-02-29", "2026-00-10", "2026-04-31"],
    "impossible times": ["2026-01-01 24:00:00", "2026-01-01 23:59:60", "2026-01-01T25:00:00", "2026-01-01 12:60:00"],
    "bare points": [".5", "5.", "-.5", "-", ".", "+", "1.", "--1", "1-", "1.2.", "1..2"],
    "thousands": ["1,234", "1.234,56", "1'000", "1_000", "1 000", "1,5", "12,345,678"],
    "nulls": ["NULL", "null", "NA", "N/A", "None", "nil", "\\N", "-", "#N/A", "undefined"],
    "negative zero": ["-0", "-0.0", "-0.00"],
    "spaces": [" 1", "1 ", " 1.5 ", " true", "2026-01-01 ", " ", "  ", "\t1"],
    "units": ["1$", "$1", "1%", "5kg", "1d", "2h", "1L", "1f", "1.5f", "10n"],
    "other digits": ["١٢٣", "１２３", "²", "½", "Ⅷ"],
    "special dates": ["epoch", "today", "now", "infinity", "tomorrow", "0001-01-01 (BC)", "2026-W05-1", "2026-032", "-0044-03-15", "12026-01-01"],
    "rare zones": ["2026-01-01 00:00:00 Europe/Berlin", "2026-01-01 00:00:00 UTC", "2026-01-01T00:00:00+25:00", "2026-01-01 00:00:00 EST", "2026-01-01 00:00:00 PM"],
    "intervals": ["1 day", "2 years", "00:01:00", "P1D", "1 month 2 days"],
    "looks like json": ['{"a":1}', "[1,2,3]", '"x"', "{}", "[]", "null"],
    "uuid": ["550e8400-e29b-41d4-a716-446655440000", "550E8400-E29B-41D4-A716-446655440000"],
    "bits": ["0101", "10", "1010101010101010101010101010101010101010"],
    "words in capitals": ["TRUE", "FALSE", "True", "False", "tRuE"],
    "decimal dust": ["0.1", "0.10", "0.100", "1e-1", "100.0", "1.0"],
    "over long": ["9" * 39, "-" + "9" * 40, "1" * 60, "0." + "1" * 40, "123456789012345678901234567890.123456789012345", "9" * 38 + ".9"],
    "many decimals": ["0.1", "123456789012345678901234567890", "12345678901234567890.5", "0.000000000000000000001"],
}


def trap(rng: Random, name: str) -> str:
    return rng.choice(TRAPS[name])


GENERATORS = {
    "small": lambda rng: signed(rng, str(rng.randint(1, 99))),
    "integer": lambda rng: signed(rng, digits(rng, rng.randint(1, 9))),
    "bigint": lambda rng: signed(rng, digits(rng, rng.randint(15, 19))),
    "beyond double": lambda rng: str(2**53 + rng.randint(1, 999)),
    "hugeint": lambda rng: signed(rng, digits(rng, rng.randint(19, 38))),
    "at the edge": lambda rng: rng.choice([str(n + d) for n in (2**31, 2**32, 2**63, 2**64, 2**127, -(2**31), -(2**63), -(2**127)) for d in (-1, 0, 1)]),
    "price": lambda rng: decimal_text(rng, rng.randint(1, 5), 2),
    "rate": lambda rng: decimal_text(rng, 0, 6),
    "long decimal": lambda rng: decimal_text(rng, rng.randint(8, 18), 18),
    "uneven decimal": lambda rng: decimal_text(rng, rng.randint(0, 6), rng.randint(1, 9)),
    "whole or decimal": lambda rng: decimal_text(rng, 2, 2) if rng.random() < 0.5 else signed(rng, digits(rng, 2)),
    "as double": lambda rng: repr(rng.uniform(-1e6, 1e6)),
    "true": lambda rng: rng.choice(["true", "false"]),
    "date": date_text,
    "timestamp": timestamp_text,
    "timestamp T": lambda rng: timestamp_text(rng, "T"),
    "timestamp ms": lambda rng: timestamp_text(rng, rng.choice(" T"), 3),
    "timestamp us": lambda rng: timestamp_text(rng, " ", 6),
    "timestamp ns": lambda rng: timestamp_text(rng, "T", 9),
    "timestamp uneven": lambda rng: timestamp_text(rng, rng.choice(" T"), rng.randint(0, 9)),
    "timestamp Z": lambda rng: timestamp_text(rng, "T", rng.choice([0, 3, 6]), "Z"),
    "timestamp zone": lambda rng: timestamp_text(rng, "T", 0, rng.choice(["+00:00", "+02:00", "-05:30", "+14:00", "-12:00"])),
    "timestamp zone ns": lambda rng: timestamp_text(rng, "T", 9, rng.choice(["Z", "+02:00"])),
    "timestamp minutes": lambda rng: timestamp_text(rng, rng.choice(" T"))[:16],
    "timestamp minutes zone": lambda rng: timestamp_text(rng, "T")[:16] + rng.choice(["Z", "+02:00"]),
    "timestamp any year": lambda rng: timestamp_text(rng, " ", rng.choice([0, 6]), "", True),
    "timestamp ns any year": lambda rng: timestamp_text(rng, "T", 9, "", True),
    "timestamp zone any year": lambda rng: timestamp_text(rng, "T", 0, rng.choice(["Z", "+14:00", "-14:00", "+0530", "+05"]), True),
    "timestamp at the edge": lambda rng: rng.choice(["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999", "1677-09-21T00:12:43.145224193", "2262-04-11T23:47:16.854775807", "1970-01-01 00:00:00"]),
    "timestamp or zone": lambda rng: timestamp_text(rng, "T", 0, rng.choice(["", "Z"])),
    "date or timestamp": lambda rng: rng.choice([date_text, timestamp_text])(rng),
    "text": text,
    "quoted": quoted_text,
    "word": lambda rng: rng.choice(["a", "b", "x", "yz", "foo", "bar"]),
    **{f"trap: {name}": (lambda rng, name=name: trap(rng, name)) for name in TRAPS},
}


def is_date(value: str) -> bool:
    match = DATE.match(value)
    try:
        return bool(match) and bool(datetime.date(*map(int, match.groups())))
    except ValueError:
        return False


def timestamp_zone(value: str) -> "str | None":
    """Returns '' for a timestamp without a zone, 'zone' for one with, None for what is none. Nanoseconds with a zone have no type."""
    match = TIMESTAMP.match(value)
    if not match or not is_date(value[:10]):
        return None
    hour, minute, second, zone = int(match[4]), int(match[5]), int(match[6] or 0), match[8]
    if hour > 23 or minute > 59 or second > 59 or match[1] == "0000":
        return None
    if zone is None:
        return ""
    return "zone" if zone == "Z" or int(zone[1:3]) <= 14 else "rare zone"


def class_of(values: "list[str]") -> str:
    """What a column of these texts (none of them absent) must become.

    `text` is the only right answer where a type would lose something; a class with `?` allows text beside it, since its texts differ
    from the typed value (`1.5` and `1.50`), and each value is compared in any case.
    """
    if not values:
        return "any"
    if all(INTEGER.match(v) and v != "-0" for v in values):
        return "integer" if all(MIN_HUGEINT <= int(v) <= MAX_HUGEINT for v in values) else "integer beyond"
    if all((INTEGER.match(v) or DECIMAL.match(v)) and not (v[0] == "-" and Decimal(v) == 0) for v in values):
        scales = {len(v.partition(".")[2]) for v in values}
        width = max(len(v.partition(".")[0].lstrip("-")) for v in values) + max(scales)
        if width > 38:
            return "decimal beyond"
        return "decimal" if len(scales) == 1 else "decimal?"
    if all(v in ("true", "false") for v in values):
        return "boolean"
    if all(v.lower() in ("true", "false") for v in values):
        return "boolean?"
    if all(is_date(v) and v[:4] != "0000" for v in values):
        return "date"
    zones = {timestamp_zone(v) for v in values}
    if None not in zones and any(TIMESTAMP.match(v)[6] is None for v in values):
        # Without seconds a timestamp is typed or text.
        return "timestamp?" if zones == {""} else "timestamp zone?" if "" not in zones else "text"
    if zones == {""}:
        has_nanoseconds = any(len(TIMESTAMP.match(v)[7] or "") > 6 for v in values)
        if has_nanoseconds and not all(1678 <= int(v[:4]) <= 2261 for v in values):
            return "text"  # no 64 bits hold them
        return "timestamp" if len({v[10] for v in values}) == 1 else "timestamp?"
    if zones == {"zone"}:
        longest = max(len(TIMESTAMP.match(v)[7] or "") for v in values)
        is_plain = all(v.endswith("Z") or v[-3] == ":" for v in values) and all("0001" < v[:4] < "9999" for v in values)
        return "timestamp zone" if longest <= 6 and is_plain else "timestamp zone?"
    if zones <= {"zone", "rare zone"} and None not in zones:
        return "timestamp zone?"
    return "text"
