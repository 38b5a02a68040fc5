"""Polluted variants of one clean table, after the kinds of the Pollock benchmark (G. Vitagliano et al., VLDB 2023).

What must come out is what RFC 4180 and the stated options say about the bytes: a preamble with the right number of fields is rows, one with
another number fails the job at its line. Nothing may come out in silence that the bytes do not say.
"""

import csv
import io
from random import Random
from typing import Callable, Iterator

from case import Case
from csv_cases import columns_of, with_option
from rfc4180 import NotCsv, detected_delimiter, records

HEADER = ["DATE", "TIME", "PRODUCTID", "Price", "Quantity", "ProductType", "ProductDescription", "NewCollection"]
TYPES = ["Boots", "Men's Down Vest", "Throw Pillow, Wooden", 'Table, Round 48"', "Socks", "Kids' Hat", "T-Shirt; Plaid", "Lock | Combination"]
NOTES = ["Rugged, light and quick enough.", "Keeps you dry", 'A 8\'9" length rod, "impeccably" made', "It won't chip, peel or crack", "two\nlines", "100% cotton", "#1 of all", "-"]


def clean_rows(count: int) -> "list[list[str]]":
    rng = Random("polluted")
    return [
        [
            f"{1 + index % 28:02}/{1 + index % 12:02}/2018",
            f"{index % 24:02}:{index * 15 % 60:02}",
            f"{rng.choice(['MG', 'RI', 'CC'])}-{rng.randint(1000, 9999)}",
            rng.choice([f"{rng.randint(0, 99)}.{rng.randint(0, 99):02}", f"{rng.randint(0, 99)}.{rng.randint(0, 9)}", str(rng.randint(0, 99))]),
            str(rng.randint(0, 40)),
            TYPES[index % len(TYPES)],
            NOTES[index % len(NOTES)],
            str(rng.randint(0, 1)),
        ]
        for index in range(count)
    ]


def written(rows: "list[list[str]]", delimiter: str = ",", newline: str = "\r\n", quote_all: bool = False, **options: object) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL, **options).writerows(rows)
    return stream.getvalue()


Variant = "tuple[str, str | bytes, dict, str]"  # its name, its content, how it is read (options of csv), the object's key


def variants() -> "Iterator[tuple[str, str | bytes, dict, str]]":
    table = [HEADER, *clean_rows(85)]
    lines = [written([row]) for row in table]
    plain = "".join(lines)
    yield "clean", plain, {}, "source.csv"
    for key in ["source", "\u00a0", "\u00a0.csv", "$.csv", ".csv", "source.tsv", "source.pdf", "source.loremipsumdolor", "a b.csv", "100%.csv", "a+b.csv", "ü.csv", "a//b.csv"]:
        yield f"key {key!r}", plain, {}, key
    yield "no bytes", "", {}, "source.csv"
    for size in (1, 10, 200, len(plain) - 3):
        yield f"cut after {size}", plain[:size], {}, "source.csv"
    accents = written([HEADER, *[[*row[:5], "Größe", *row[6:]] for row in table[1:]]])
    for name, codec, stated in [("utf-8", "utf-8", {}), ("utf-8 with mark", "utf-8-sig", {}), ("latin-1", "latin-1", {"encoding": "iso-8859-1"}), ("cp1252", "cp1252", {"encoding": "windows-1252"}), ("utf-16", "utf-16", {"encoding": "utf-16"}), ("utf-16 big", "utf-16-be", {"encoding": "utf-16"})]:
        body = accents.encode(codec)
        body = b"\xfe\xff" + body if codec == "utf-16-be" else body
        yield f"encoding {name}", body, stated, "source.csv"
        if stated:
            yield f"encoding {name}, not stated", body, {}, "source.csv"
    for count in (1, 2, 1024, 17_000):
        yield f"{count} columns", written([[f"{row[index % 8]}{'' if index < 8 else index}" if number == 0 else row[index % 8] for index in range(count)] for number, row in enumerate(table[: 86 if count < 2000 else 8])]), {}, "source.csv"
    yield "only a header", lines[0], {}, "source.csv"
    yield "one row", lines[0] + lines[1], {}, "source.csv"
    yield "no header, not stated", "".join(lines[1:]), {}, "source.csv"
    yield "no header", "".join(lines[1:]), {"header": False}, "source.csv"
    yield "many rows", lines[0] + "".join(lines[1:]) * 400, {}, "source.csv"
    for newline in ("\n", "\r", "\r\n"):
        for quote_all in (False, True):
            whole = written(table, newline=newline, quote_all=quote_all)
            yield f"newline {newline!r}, {quote_all}", whole, {}, "source.csv"
            yield f"newline {newline!r}, {quote_all}, none at the end", whole[: -len(newline)], {}, "source.csv"
            yield f"newline {newline!r}, {quote_all}, two at the end", whole + newline, {}, "source.csv"
            yield f"newline {newline!r}, {quote_all}, five at the end", whole + newline * 4, {}, "source.csv"
    for name, rows in {
        "delimited": [["PREAMBLE", *[""] * 7]] * 3,
        "not delimited": [["PREAMBLE"]] * 3,
        "a title": [["A table, of products"]],
        "with semicolons": [["made; by; us; today; for; all; of; you; and; me"]],
    }.items():
        for empty in ("", "\r\n", "," * 7 + "\r\n"):
            before = written(rows) + empty
            yield f"preamble {name}, {empty!r}", before + plain, {}, "source.csv"
            yield f"preamble {name}, {empty!r}, skipped", before + plain, {"skipLines": len(rows) + (1 if empty else 0)}, "source.csv"
            yield f"footnote {name}, {empty!r}", plain + empty + written(rows), {}, "source.csv"
    for delimiter in (";", "|", "\t", " ", ":"):
        for quote_all in (False, True):
            whole = written(table, delimiter=delimiter, quote_all=quote_all)
            yield f"delimiter {delimiter!r}, {quote_all}", whole, {"delimiter": delimiter}, "source.csv"
            yield f"delimiter {delimiter!r}, {quote_all}, not stated", whole, {}, "source.csv"
    for delimiter in ("\t\t", ", ", "\\t", "||"):
        yield f"delimiter {delimiter!r}", "".join(line.replace(",", delimiter) for line in lines), {}, "source.csv"
    for quote in ("'", "`"):
        for quote_all in (False, True):
            yield f"quotation mark {quote!r}, {quote_all}", written(table, quotechar=quote, quote_all=quote_all), {}, "source.csv"
    yield "quotation mark with a space", written(table, quote_all=True).replace('"', '" '), {}, "source.csv"
    for escape in ("\\", "'"):
        yield f"escape {escape!r}", written(table, doublequote=False, escapechar=escape), {}, "source.csv"
        yield f"escape {escape!r}, all quoted", written(table, doublequote=False, escapechar=escape, quote_all=True), {}, "source.csv"
    for at in (0, 1, 2, 50, len(lines) - 1):
        row = table[at]
        one_line: "dict[str, str]" = {
            "empty": "\r\n",
            "empty and delimited": "," * 7 + "\r\n",
            "of 5 fields": written([row[:5]]),
            "of 15 fields": written([row + ["x"] * 7]),
            "ends in LF": written([row], newline="\n"),
            "ends in CR": written([row], newline="\r"),
            "has semicolons": written([row], delimiter=";"),
            "has apostrophes for quotation marks": written([row], quotechar="'", quote_all=True),
            "has backslashes": written([[field + '"' for field in row]], doublequote=False, escapechar="\\", quote_all=True),
            "has a byte 0": written([[row[0] + "\0", *row[1:]]]),
            "ends in a delimiter": written([row]).replace("\r\n", ",\r\n"),
            "is indented": "  " + written([row]),
            "is a comment": "# " + written([row]),
            "comes twice": written([row, row]),
        }
        for name, line in one_line.items():
            yield f"line {at + 1} {name}", "".join([*lines[:at], line, *lines[at + 1 :]]), {}, "source.csv"
            if "fields" in name and at > 0:
                yield f"line {at + 1} {name}, padded", "".join([*lines[:at], line, *lines[at + 1 :]]), {"raggedRows": "pad"}, "source.csv"
        for column in (0, 3, 5, 6, 7):
            with_quote = [f'"{field}' if index == column else field for index, field in enumerate(row)]
            yield f"line {at + 1}, quotation mark in field {column}", "".join([*lines[:at], ",".join(with_quote) + "\r\n", *lines[at + 1 :]]), {}, "source.csv"
            parts = [written([[field]])[:-2] for field in row]
            yield f"line {at + 1}, delimiter before field {column}", "".join([*lines[:at], ",".join(parts[:column]) + "," + ",".join(["", *parts[column:]])[0 if column else 1 :] + "\r\n", *lines[at + 1 :]]), {}, "source.csv"
            if column:
                yield f"line {at + 1}, no delimiter before field {column}", "".join([*lines[:at], ",".join(parts[:column]) + ",".join(parts[column:]) + "\r\n", *lines[at + 1 :]]), {}, "source.csv"
    for name, change in {"empty": "", "large": "HEADER" * 100_000, "with signs": "HEAD/%R", "as another": "TIME", "in other case": "time", "of spaces": "  ", "a number": "12", "with a line break": "HEAD\nER"}.items():
        for column in (0, 3, 7):
            yield f"name {name} in column {column}", written([[change if index == column else field for index, field in enumerate(HEADER)], *table[1:]]), {}, "source.csv"
    for extra in (1, 2):
        yield f"header of {extra + 1} rows", lines[0] * extra + plain, {}, "source.csv"
        yield f"header of {extra + 1} rows, others empty", written([["", "x", *[""] * 6]] * extra) + plain, {}, "source.csv"
    for width in (6, 8, 12):
        second = written([[f"t{index}" for index in range(width)], *[["x"] * width] * 9])
        for between in ("", "\r\n", "," * 7 + "\r\n"):
            yield f"second table of {width} columns, {between!r}", plain + between + second, {}, "source.csv"
    formats: "dict[str, tuple[int, Callable[[str], str]]]" = {
        "ISO dates": (0, lambda value: "-".join(reversed(value.split("/")))),
        "American dates": (0, lambda value: "/".join([value[3:5], value[:2], value[6:]])),
        "short dates": (0, lambda value: value[:6] + value[8:]),
        "dates with points": (0, lambda value: value.replace("/", ".")),
        "times with seconds": (1, lambda value: value + ":00"),
        "times of twelve hours": (1, lambda value: value + " AM"),
        "prices with commas": (3, lambda value: value.replace(".", ",")),
        "prices in dollars": (3, lambda value: "$" + value),
        "numbers with zeros": (4, lambda value: value.zfill(4)),
        "numbers with a plus": (4, lambda value: "+" + value),
        "flags as words": (7, lambda value: {"0": "false", "1": "true"}[value]),
        "flags as letters": (7, lambda value: {"0": "f", "1": "t"}[value]),
        "flags as yes and no": (7, lambda value: {"0": "no", "1": "yes"}[value]),
    }
    for name, (column, change_value) in formats.items():
        for first, last in ((1, 2), (50, 51), (85, 86), (1, 86), (30, 80)):
            yield f"{name} in lines {first + 1} to {last}", written([[change_value(field) if index == column and first <= at < last else field for index, field in enumerate(row)] for at, row in enumerate(table)]), {}, "source.csv"
    yield "percent-encoded", written([[field.replace(" ", "%20").replace(",", "%2C").replace('"', "%22") for field in row] for row in table]), {}, "source.csv"


def polluted_case(variant: "tuple[str, str | bytes, dict, str]") -> Case:
    name, content, options, key = variant
    source: dict = {"format": "csv"}
    for option, value in options.items():
        source = with_option(source, option, value)
    body = content if isinstance(content, bytes) else content.encode()
    case = Case(kind=f"polluted: {name}", source=source, objects=[(key, body)])
    expect(case, body, options)
    return case


def expect(case: Case, body: bytes, options: dict) -> None:
    key = case.objects[0][0]
    refused = lambda lines: case.__dict__.update(outcome="refused", faulty=[key], lines=lines)
    codec = {"utf-8": "utf-8", "utf-16": "utf-16", "iso-8859-1": "latin-1", "windows-1252": "cp1252"}[options.get("encoding", "utf-8")]
    try:
        text = body.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        return refused((line, line))
    try:
        skipped = options.get("skipLines", 0)
        found = records(text, options.get("delimiter") or detected_delimiter(text, skipped), skipped)
    except NotCsv as error:
        uneven = [record for record in error.before if len(record.fields) != len(error.before[0].fields)]
        return refused((uneven[0].start if uneven else error.lines[0], error.lines[1]))
    # The first line is the header, unless it is blank: then it may be stepped over as blank lines are.
    is_either = bool(found) and found[0].is_blank()
    while found and found[0].is_blank():
        found.pop(0)
    if not found:
        case.outcome = "either"
        return
    first = found[0]
    width = len(first.fields)
    # Blank lines at the end, and quotes within a field, are read or refused; the contract of run-query says which.
    case.outcome = "either" if "\0" in text or any(record.has_stray_quote for record in found) or (width > 1 and any(record.is_blank() for record in found)) else "rows"
    if case.outcome == "either" and width > 1:
        while found[-1].is_blank():
            found.pop()
        if not any(record.has_stray_quote or record.is_blank() for record in found) and "\0" not in text:
            case.outcome = "rows"
        found = [record for record in found if not record.is_blank()]
        first, width = found[0], len(found[0].fields)
    if is_either or width > 10_000:  # the contract has a limit of columns
        case.outcome = "either"
    has_header = options.get("header", True)
    rows = []
    for record in found[1:] if has_header else found:
        fields = record.fields
        if len(fields) < width and options.get("raggedRows") == "pad":
            fields = fields + [(None, False)] * (width - len(fields))
        if len(fields) != width:
            # A blank line before it may be what the job fails at.
            return refused((1, record.end) if case.outcome == "either" else (record.start, record.end))
        rows.append(fields)
    names = [value for value, _ in first.fields] if has_header else None
    if names and (None in names or "" in names or len({name.lower() for name in names}) < len(names)):
        names = None
    case.rows = [[value for value, _ in fields] for fields in rows]
    case.columns = columns_of(names, rows, width)
