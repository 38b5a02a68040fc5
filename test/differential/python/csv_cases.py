"""Tables written as CSV in every dialect that the contract of run-query offers, good ones and ones that must be refused."""

import csv
import io
from random import Random

from case import Case, compressed, damaged
from values import GENERATORS, class_of, quoted_text, text

csv.field_size_limit(2**30)
Field = "tuple[str | None, bool]"  # the text (None is NULL), and whether it is quoted although it need not be

ENCODINGS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "windows-1252": "cp1252", "iso-8859-1": "latin-1"}
BYTE_ORDER_MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


class Dialect:
    def __init__(self, rng: Random):
        self.delimiter = rng.choices([",", ";", "\t", "|", ":", "^", "~", " ", "#"], [50, 15, 10, 10, 2, 2, 2, 2, 2])[0]
        self.is_declared = self.delimiter not in ",;\t|" or rng.random() < 0.3
        self.newline = rng.choices(["\n", "\r\n", "\r", "mixed"], [50, 25, 12, 13])[0]
        self.quoting = rng.choices(["minimal", "all", "some", "texts"], [55, 15, 20, 10])[0]
        self.has_header = rng.random() < 0.85
        self.states_header = not self.has_header or rng.random() < 0.4
        self.encoding = rng.choices(list(ENCODINGS), [76, 8, 8, 8])[0]
        self.codec = ENCODINGS[self.encoding]
        if self.codec == "utf-16-le" and rng.random() < 0.4:
            self.codec = "utf-16-be"
        self.has_bom = self.encoding == "utf-16" or (self.encoding == "utf-8" and rng.random() < 0.15)
        self.ends_in_newline = rng.random() < 0.8
        self.skip_lines = rng.randint(1, 5) if rng.random() < 0.08 else 0

    def source(self) -> dict:
        options = {}
        if self.is_declared:
            options["delimiter"] = self.delimiter
        if self.states_header:
            options["header"] = self.has_header
        if self.encoding != "utf-8":
            options["encoding"] = self.encoding
        if self.skip_lines:
            options["skipLines"] = self.skip_lines
        return {"format": "csv", **({"csv": options} if options else {})}

    def encodable(self, value: str) -> str:
        if self.encoding in ("utf-8", "utf-16"):
            return value
        # The bytes 80 to 9F are controls in ISO 8859-1, which many decoders read as windows-1252.
        return value.encode(self.codec, "replace").decode(self.codec).replace("?", "\x93" if self.codec == "latin-1" else "?")

    def bytes_of(self, content: str) -> bytes:
        return (BYTE_ORDER_MARKS[self.codec] if self.has_bom else b"") + content.encode(self.codec)


class Writer:
    """Writes records and counts their lines: LF, CRLF and CR end one each, also within quotes."""

    def __init__(self, rng: Random, dialect: Dialect):
        self.rng, self.dialect = rng, dialect
        self.parts: "list[str]" = []
        self.line = 1

    def newline(self) -> str:
        return self.rng.choice(["\n", "\r\n", "\r"]) if self.dialect.newline == "mixed" else self.dialect.newline

    def field(self, value: "str | None", is_quoted: bool) -> str:
        if value is None:
            return ""
        needs = value == "" or any(mark in value for mark in (self.dialect.delimiter, '"', "\r", "\n"))
        return '"' + value.replace('"', '""') + '"' if needs or is_quoted else value

    def record(self, fields: "list[Field]") -> int:
        return self.raw(self.dialect.delimiter.join(self.field(*one) for one in fields))

    def raw(self, record: str, newline: "str | None" = None) -> int:
        """Returns the line on which the record begins."""
        start = self.line
        end = self.newline() if newline is None else newline
        # A lone CR before a record that begins with LF would be one CRLF.
        if self.parts and self.parts[-1].endswith("\r") and (record + end).startswith("\n"):
            end = "\r\n"
        self.parts.append(record + end)
        self.line += line_breaks(record) + 1
        return start

    def content(self) -> str:
        whole = "".join(self.parts)
        if self.dialect.ends_in_newline:
            return whole
        last = self.parts[-1] if self.parts else ""
        # A last record that is nothing but its line's end is there because of it.
        body = last[:-2] if last.endswith("\r\n") else last[:-1]
        return whole[: len(whole) - len(last)] + body if body else whole


def line_breaks(record: str) -> int:
    return record.count("\n") + record.count("\r") - record.count("\r\n")


def is_quoted(rng: Random, dialect: Dialect, value: "str | None") -> bool:
    if value is None:
        return False
    return dialect.quoting == "all" or (dialect.quoting == "some" and rng.random() < 0.3) or (dialect.quoting == "texts" and class_of([value]) == "text")


def header_names(rng: Random, dialect: Dialect, count: int) -> "list[str]":
    odd = ["Name", "Größe", "total sum", "a.b", "x-y", "group", "#id", "id%", "2nd", "SELECT", "o'clock"]
    names = [f"c{index}" if rng.random() < 0.7 else f"{rng.choice(odd)} {index}" for index in range(count)]
    if dialect.is_declared or dialect.quoting == "all":
        names = [quoted_text(rng) + f" {index}" if rng.random() < 0.05 else name for index, name in enumerate(names)]
    if not dialect.is_declared:
        # The delimiter is found in this line, so it has no other candidate outside of quotes.
        names = [name if not any(mark in name for mark in ",;\t|") or dialect.quoting == "all" else f"n{index}" for index, name in enumerate(names)]
    return [dialect.encodable(name) for name in names]


def table_size(rng: Random) -> "tuple[int, int]":
    columns = rng.choices([1, 2, rng.randint(3, 8), rng.randint(9, 40), rng.randint(41, 300)], [10, 15, 55, 15, 5])[0]
    if columns <= 3 and rng.random() < 0.06:
        return columns, rng.randint(20_480, 26_000)
    rows = rng.choices([0, 1, 2, 3, rng.randint(4, 30), rng.randint(31, 400), rng.randint(401, 3_000)], [2, 6, 8, 8, 50, 20, 6])[0]
    return columns, min(rows, max(3, 12_000 // columns))


def column_values(rng: Random, dialect: Dialect, count: int) -> "list[str | None]":
    """One column: mostly of one kind, with another one late, rarely or never; NULLs and empty texts among them."""
    usual = GENERATORS[rng.choice(list(GENERATORS))]
    other = GENERATORS[rng.choice(list(GENERATORS))]
    change = rng.choices(["never", "last", "late", "rare", "first"], [62, 14, 10, 10, 4])[0]
    null, empty = rng.choice([0, 0, 0, 0.1, 0.5, 1 if rng.random() < 0.1 else 0]), rng.choice([0, 0, 0, 0, 0.05])
    start = {"last": count - 1, "late": rng.randint(0, max(0, count - 1))}.get(change, count)
    values: "list[str | None]" = []
    for index in range(count):
        isOther = index >= start or (change == "rare" and rng.random() < 0.01) or (change == "first" and index == 0)
        if not isOther and rng.random() < null:
            values.append(None)
        elif not isOther and rng.random() < empty:
            values.append("")
        else:
            values.append(dialect.encodable((other if isOther else usual)(rng)))
    return values


def columns_of(names: "list[str] | None", fields: "list[list[Field]]", count: int) -> "list[dict]":
    columns = []
    for index in range(count):
        present = [row[index] for row in fields if row[index][0] is not None]
        kind = class_of([value for value, _ in present])
        if any(quoted for _, quoted in present) and kind not in ("text", "any") and not kind.endswith("?"):
            kind += "?"
        columns.append({"name": names[index] if names else None, "class": kind})
    return columns


def check_with_csv_module(dialect: Dialect, content: str, expected: "list[list[str | None]]", skipped: int) -> None:
    """Reads independently, with Python's own parser and the dialect. It does not distinguish an absent text from an empty one."""
    stream = io.StringIO(content, newline="")
    for _ in range(skipped):
        stream.readline()
    read = list(csv.reader(stream, delimiter=dialect.delimiter, quotechar='"', doublequote=True, strict=True))
    width = len(expected[0]) if expected else 0
    rows = [[""] if row == [] and width == 1 else row for row in read]
    wanted = [["" if value is None else value for value in row] for row in expected]
    if rows != wanted:
        at = next((i for i, (a, b) in enumerate(zip(rows, wanted)) if a != b), min(len(rows), len(wanted)))
        raise AssertionError(f"the generator and Python's csv differ in record {at}: {wanted[at:at + 1]!r} was read as {rows[at:at + 1]!r}")


FAULTS = [
    "short row", "long row", "unclosed quote", "text behind a quote", "bytes of another encoding", "damaged stream",
    "quote within a field", "blank line", "duplicate names", "padded rows", "kept rows", "declared type",
]


def csv_case(rng: Random) -> Case:
    dialect = Dialect(rng)
    width, height = table_size(rng)
    names = header_names(rng, dialect, width)
    values = [column_values(rng, dialect, height) for _ in range(width)]
    if height and rng.random() < 0.03:
        # Longer than what a reader takes at a time, with quotes, line breaks and long characters at all its borders.
        piece = text(rng) if rng.random() < 0.3 else quoted_text(rng) + text(rng)
        rng.choice(values)[rng.randrange(height)] = dialect.encodable(piece) * rng.choices([500, 5_000, 50_000, 120_000], [40, 40, 15, 5])[0]
    fields = [[(values[c][r], is_quoted(rng, dialect, values[c][r])) for c in range(width)] for r in range(height)]
    if not dialect.has_header:
        # Without a header its first record says how many fields there are and, unless declared, what is between them.
        dialect.is_declared = True
    if width == 1 and not dialect.is_declared:
        dialect.delimiter = ","
    fault = rng.choice(FAULTS) if rng.random() < 0.22 else None
    if fault is None and width <= 40 and height <= 3_000 and rng.random() < 0.15:
        return several_objects(rng, dialect, names, fields)
    return one_object(rng, dialect, names, fields, fault)


def junk_lines(rng: Random, writer: Writer) -> None:
    for _ in range(writer.dialect.skip_lines):
        writer.raw(writer.dialect.encodable(rng.choice(["A report of everything", "", "made on 2026-01-01; by us, for you", "a|b", 'an odd " quote', "x\ty\tz", "###"])))


def one_object(rng: Random, dialect: Dialect, names: "list[str]", fields: "list[list[Field]]", fault: "str | None") -> Case:
    width, height = len(names), len(fields)
    writer = Writer(rng, dialect)
    source = dialect.source()
    case = Case(kind=f"csv{'' if fault is None else ', ' + fault}", source=source, objects=[])
    if fault == "duplicate names" and width > 1 and dialect.has_header:
        names = [names[0].upper() if rng.random() < 0.3 else names[0] if index == width - 1 else name for index, name in enumerate(names)]
        names[-1] = names[0].swapcase() if rng.random() < 0.3 else names[0]
        case.outcome = "either"
    elif fault == "duplicate names":
        fault, case.kind = None, "csv"
    junk_lines(rng, writer)
    if dialect.has_header:
        writer.record([(name, dialect.quoting == "all") for name in names])
    at = rng.choice([0, height - 1, rng.randrange(height)]) if height else 0
    bad_line, written, starts, kept = None, [], [], width
    for index, row in enumerate(fields):
        starts.append(writer.line)
        if index == at and fault in ("short row", "long row", "padded rows", "kept rows") and width > (1 if fault == "long row" else 2):
            # Without a header the first row says how many there must be.
            if index == 0 and not dialect.has_header:
                at += 1
            elif fault == "long row":
                bad_line = writer.record([*row, *[("more", False)] * rng.randint(1, 3)])
                continue
            elif fault == "kept rows":
                longer = [*row, *[(rng.choice(["more", "7", None]), False) for _ in range(rng.randint(1, 3))], ("last", False)]
                writer.record(longer)
                case.source = with_option(case.source, "raggedRows", "keep")
                written = [[*other, *[(None, False)] * (len(longer) - width)] for other in written]
                written.append(longer)
                kept = len(longer)
                continue
            else:
                short = row[: rng.randint(2, width - 1)]
                start = writer.record(short)
                if fault == "short row":
                    bad_line = start
                    continue
                row = [*short, *[(None, False)] * (width - len(short))]
                case.source = with_option(case.source, "raggedRows", "pad")
                written.append(row)
                continue
        if index == at and fault == "unclosed quote":
            # No later quote may close it.
            bad_line = writer.raw(dialect.delimiter.join(['"open', *["x"] * (width - 1)]))
            for _ in range(rng.randint(0, 3)):
                writer.raw(dialect.delimiter.join(["x"] * width))
            break
        if index == at and fault == "text behind a quote":
            bad_line = writer.raw(dialect.delimiter.join([rng.choice(['"closed"x', '"a" ', '"a"b"', '"a""b"c']), *["x"] * (width - 1)]))
            continue
        if index == at and fault == "quote within a field":
            value = rng.choice(['5" pipe', 'a"b', 'x"', ' "a"', 'a""b'])
            writer.raw(dialect.delimiter.join([value, *["x"] * (width - 1)]))
            row = [(value, False), *[("x", False)] * (width - 1)]
            case.outcome = "either"
        elif index == at and fault == "blank line":
            writer.raw("")
            if width == 1:
                written.append([(None, False)])
            else:
                case.outcome = "either"
            writer.record(row)
        else:
            writer.record(row)
        written.append([*row, *[(None, False)] * (kept - width)])
    content = writer.content()
    body = dialect.bytes_of(content)
    key = "t.csv"
    if fault == "bytes of another encoding" and height:
        bad = wrong_bytes(rng, dialect, writer, width)
        if bad is not None:
            body, bad_line = bad
    suffix = rng.choice([".gz", ".zst"]) if rng.random() < 0.12 or fault == "damaged stream" else ""
    if suffix:
        body = compressed(rng, body, suffix)
        key += suffix
        if fault == "damaged stream":
            how, body = damaged(rng, body, suffix)
            case.kind += f": {how} {suffix}"
            case.outcome, case.faulty = "refused", [key]
    case.objects = [(key, body)]
    if bad_line is not None:
        case.outcome, case.faulty = "refused", [key]
        case.lines = (bad_line, writer.line if fault == "unclosed quote" else bad_line + line_breaks(writer.parts[-1]))
    if case.outcome != "refused":
        rows = [[value for value, _ in row] for row in written]
        header = [names] if dialect.has_header else []
        if fault not in ("quote within a field", "blank line", "padded rows", "kept rows"):
            check_with_csv_module(dialect, content, [*header, *rows], dialect.skip_lines)
        is_named = dialect.has_header and fault not in ("duplicate names", "kept rows")
        case.rows, case.columns = rows, columns_of(names if is_named else None, written, kept)
        if height == 0 and not dialect.has_header:
            case.outcome = "either"
        if not header and not rows:
            case.columns = []
        if dialect.has_header and fault is None and rng.random() < 0.08:
            declared_types(rng, case)
        if dialect.has_header and fault == "declared type" and rows:
            declared_type(rng, case, starts)
    return case


def with_option(source: dict, name: str, value: object) -> dict:
    return {**source, "csv": {**source.get("csv", {}), name: value}}


def declared_types(rng: Random, case: Case) -> None:
    """`types: "text"`, or some columns declared as text."""
    if rng.random() < 0.5:
        case.source = with_option(case.source, "types", "text")
        chosen = {column["name"] for column in case.columns}
    else:
        chosen = {column["name"] for column in case.columns if rng.random() < 0.4} or {case.columns[0]["name"]}
        case.source = with_option(case.source, "columns", {name: "VARCHAR" for name in sorted(chosen)})
    case.kind = "csv, declared types"
    for column in case.columns:
        if column["name"] in chosen:
            column["class"] = "text"


DECLARED = {"BIGINT": "integer", "HUGEINT": "integer", "DATE": "date", "BOOLEAN": "boolean", "TIMESTAMP": "timestamp", "DECIMAL(38,9)": "decimal"}


def declared_type(rng: Random, case: Case, starts: "list[int]") -> None:
    """A type for one column: it has it, or the job fails at the first value that the type cannot hold."""
    index = rng.randrange(len(case.columns))
    column, values = case.columns[index], [row[index] for row in case.rows]
    fitting = [name for name, kind in DECLARED.items() if column["class"].removesuffix("?") == kind or (name == "DECIMAL(38,9)" and column["class"] == "integer")]
    name = rng.choice(fitting or list(DECLARED))
    holds = [value is None or can_hold(name, value) for value in values]
    if None in holds:
        case.kind = "csv"
        return
    case.source = with_option(case.source, "columns", {column["name"]: name})
    if all(holds):
        case.kind += f" {name}"
        column["class"] = "any"
        return
    first = holds.index(False)
    case.kind += f" {name} that does not fit"
    case.outcome, case.faulty = "refused", [case.objects[0][0]]
    case.lines = (starts[first], starts[first] + sum(line_breaks(value or "") for value in case.rows[first]))


def can_hold(name: str, value: str) -> "bool | None":
    """Returns None for a spelling that the caller's type may or may not allow: 007 as BIGINT, TRUE as BOOLEAN."""
    kind = class_of([value])
    if kind in ("integer", "decimal", "decimal beyond", "integer beyond") and name in ("BIGINT", "HUGEINT", "DECIMAL(38,9)"):
        whole, _, fraction = value.lstrip("-").partition(".")
        if name == "DECIMAL(38,9)":
            return len(whole) <= 29 if len(fraction.rstrip("0")) <= 9 else False
        if fraction:
            return None if not fraction.strip("0") else False
        return abs(int(value)) < (2**63 if name == "BIGINT" else 2**127)
    if name == "TIMESTAMP" and kind in ("timestamp", "timestamp?"):
        return True if len(value.partition(".")[2].rstrip("0")) <= 6 else False
    if kind == DECLARED[name]:
        return True
    return None if any(letter.isdigit() for letter in value) or name == "BOOLEAN" else False


def wrong_bytes(rng: Random, dialect: Dialect, writer: Writer, width: int) -> "tuple[bytes, int] | None":
    """Appends a record with bytes that its encoding does not have. Every byte is a character of ISO 8859-1."""
    wrong = {
        "utf-8": [b"\xff", b"caf\xe9", b"\xc3(", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xe2\x82"],
        "utf-16-le": [b"\x00\xd8", b"\x00\xdc", b"\x3d\xd8a\x00"],
        "utf-16-be": [b"\xd8\x00", b"\xdc\x00", b"\xd8\x3d\x00a"],
        "cp1252": [b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"],
        "latin-1": [],
    }[dialect.codec]
    if not wrong:
        return None
    dialect.ends_in_newline = True
    rest = dialect.delimiter.join(["x"] * (width - 1))
    body = dialect.bytes_of(writer.content())
    tail = (dialect.delimiter + rest if width > 1 else "") + "\n" + (dialect.delimiter.join(["y"] * width) + "\n") * rng.randint(0, 2)
    return body + rng.choice(wrong) + tail.encode(dialect.codec), writer.line


def several_objects(rng: Random, dialect: Dialect, names: "list[str]", fields: "list[list[Field]]") -> Case:
    """One table in several objects; each has some of its columns, in an order of its own. One of them may be faulty."""
    width, count = len(names), rng.randint(2, 6)
    cuts = sorted(rng.randint(0, len(fields)) for _ in range(count - 1))
    pieces = [fields[a:b] for a, b in zip([0, *cuts], [*cuts, len(fields)])]
    differs = dialect.has_header and rng.random() < 0.5
    keys = sorted(rng.sample(["a.csv", "b.csv", "b b.csv", "c+d.csv", "part-00.csv", "part-01.csv", "part-10.csv", "part-2.csv", "x/y.csv", "z%20.csv", "é.csv"], count))
    faulty = rng.randrange(count) if rng.random() < 0.2 and width > 2 else None
    case = Case(kind="csv, several objects", source=dialect.source(), objects=[], is_prefix=True)
    order: "list[int]" = []
    all_rows: "list[dict[int, Field]]" = []
    for index, (key, rows) in enumerate(zip(keys, pieces)):
        chosen = list(range(width))
        if differs:
            rng.shuffle(chosen)
            # A header of one name shows no delimiter.
            chosen = chosen[: max(2 if width > 1 else 1, width - rng.randint(0, 2))]
        writer = Writer(rng, dialect)
        junk_lines(rng, writer)
        if dialect.has_header:
            writer.record([(names[c], dialect.quoting == "all") for c in chosen])
        for row in rows:
            writer.record([row[c] for c in chosen])
        if index == faulty:
            if dialect.has_header or rows:
                line = writer.record([("x", False)] * (len(chosen) + 1))
                case.outcome, case.faulty, case.lines, case.kind = "refused", [key], (line, line), "csv, several objects, long row"
        body = dialect.bytes_of(writer.content())
        suffix = rng.choice([".gz", ".zst"]) if rng.random() < 0.15 else ""
        if suffix:
            body, key = compressed(rng, body, suffix), key + suffix
            if index == faulty:
                case.faulty = [key] if case.faulty else []
        case.objects.append((key, body))
        # An object without a byte has no header.
        if dialect.has_header or rows:
            order += [c for c in chosen if c not in order]
        all_rows += [dict(zip(chosen, [row[c] for c in chosen])) for row in rows]
    case.objects.sort(key=lambda one: one[0].encode())
    if case.outcome == "rows":
        if [key for key, _ in case.objects] != sorted(key for key, _ in case.objects):
            raise AssertionError("keys are in the order of their bytes")
        table = [[row.get(c, (None, False)) for c in order] for row in all_rows]
        case.rows = [[value for value, _ in row] for row in table]
        case.columns = columns_of([names[c] for c in order] if dialect.has_header else None, table, len(order))
        if not order:
            case.outcome = "either"
    return case
