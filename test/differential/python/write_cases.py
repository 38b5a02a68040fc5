"""Objects for write-batch: CSV and NDJSON with a key in each row, whole ones, and ones with a row or bytes that must be refused."""

import json
from random import Random

from case import Case, compressed, damaged
from csv_cases import Dialect, Writer, check_with_csv_module, column_values, header_names, is_quoted, junk_lines, line_breaks, wrong_bytes
from json_cases import NUMBERS, Renderer, member_name, number, read_back, string, tagged

# DynamoDB keeps 38 digits, and exponents from -130 to 125.
KEPT_NUMBERS = [style for style in NUMBERS if style not in ("beyond hugeint", "beyond range")]


def write_case(rng: Random) -> Case:
    return csv_case(rng) if rng.random() < 0.7 else ndjson_case(rng)


def csv_case(rng: Random) -> Case:
    dialect = Dialect(rng)
    dialect.has_header, dialect.states_header = True, False
    dialect.is_declared = dialect.delimiter != ","
    width, height = rng.randint(1, 8), rng.randint(1, 60)
    names = ["id", *header_names(rng, dialect, width)]
    values = [[f"k{index}" for index in range(height)], *[column_values(rng, dialect, height) for _ in range(width)]]
    rows = [[(column[index], is_quoted(rng, dialect, column[index])) for column in values] for index in range(height)]
    fault = rng.choice(["short row", "long row", "unclosed quote", "text behind a quote", "bytes of another encoding", "damaged stream"]) if rng.random() < 0.3 else None
    source = dialect.source()
    case = Case(kind=f"write, csv{', ' + fault if fault else ''}", source={"format": "csv", **source.get("csv", {}), "emptyFields": "emptyString"}, objects=[])
    writer = Writer(rng, dialect)
    junk_lines(rng, writer)
    writer.record([(name, dialect.quoting == "all") for name in names])
    at, line = rng.randrange(height), None
    for index, row in enumerate(rows):
        if index == at and fault == "short row":
            line = writer.record(row[:-1])
        elif index == at and fault == "long row":
            line = writer.record([*row, ("more", False)])
        elif index == at and fault == "text behind a quote":
            line = writer.raw(dialect.delimiter.join(['"closed"x', *["x"] * width]))
        elif index == at and fault == "unclosed quote":
            line = writer.raw(dialect.delimiter.join(['"open', *["x"] * width]))
            break
        else:
            writer.record(row)
    content, key = writer.content(), "t.csv"
    body = dialect.bytes_of(content)
    if fault == "bytes of another encoding":
        bad = wrong_bytes(rng, dialect, writer, width + 1)
        body, line = bad if bad is not None else (body, None)
    if line is None and fault != "damaged stream":
        check_with_csv_module(dialect, content, [names, *[[value for value, _ in row] for row in rows]], dialect.skip_lines)
    suffix = rng.choice([".gz", ".zst"]) if rng.random() < 0.15 or fault == "damaged stream" else ""
    if suffix:
        body, key = compressed(rng, body, suffix), key + suffix
    if fault == "damaged stream":
        body, case.outcome, case.faulty = damaged(rng, body, suffix)[1], "refused", [key]
    case.objects = [(key, body)]
    if line is not None:
        case.outcome, case.faulty, case.lines = "refused", [key], (line, writer.line if fault == "unclosed quote" else line + line_breaks(writer.parts[-1]))
    if case.outcome == "rows":
        case.columns = [{"name": name, "class": "any"} for name in names]
        case.rows = [[value or "" for value, _ in row] for row in rows]
    return case


def ndjson_case(rng: Random) -> Case:
    names = [member_name(rng, index) for index in range(rng.randint(1, 6))]
    kinds = {name: rng.choice(["number", "string", "boolean", "null", "list", "object"]) for name in names}
    style = rng.choice(KEPT_NUMBERS)
    draw = {
        "number": lambda: number(rng, style),
        "string": lambda: string(rng),
        "boolean": lambda: rng.random() < 0.5,
        "null": lambda: None,
        "list": lambda: [number(rng, rng.choice(KEPT_NUMBERS)), string(rng), None][: rng.randint(0, 3)],
        "object": lambda: {"a b": number(rng, rng.choice(KEPT_NUMBERS)), "c": string(rng)},
    }
    rows = [{"id": f"k{index}", **{name: draw[kinds[name]]() for name in names if rng.random() < 0.8}} for index in range(rng.randint(1, 60))]
    renderer = Renderer(rng, True)
    lines = [renderer.value(row) for row in rows]
    read = [read_back(line) for line in lines]
    case = Case(kind="write, ndjson", source={"format": "ndjson"}, objects=[])
    if rng.random() < 0.25:
        at = rng.randint(0, len(lines))
        lines.insert(at, rng.choice(['{"id":"x","a":1,"a":2}', '{"id":"x",}', '{"id":"x"', "[1]", '{"id":"x","a":01}', '{"id":"x"} y', '{"id":"x","a":1e400}', '{"id":"x","a":' + "1" * 39 + "}", '{"id":"x","a":NaN}']))
        case.kind, case.outcome, case.faulty, case.lines = "write, ndjson, a bad line", "refused", ["t.ndjson"], (at + 1, at + 1)
    content = ("\ufeff" if rng.random() < 0.1 else "") + rng.choice(["\n", "\r\n"]).join(lines) + rng.choice(["", "\n"])
    case.objects = [("t.ndjson", content.encode())]
    if case.outcome == "rows":
        case.columns = [{"name": None, "class": "any"}]
        case.rows = [[json.loads(json.dumps(tagged(row)))] for row in read]
    return case
