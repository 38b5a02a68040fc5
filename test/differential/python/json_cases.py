"""Objects written as NDJSON and as JSON, with every spelling of numbers, texts and white space that RFC 8259 allows, and with what it does not."""

import json
from random import Random
from typing import Any

from case import Case, compressed, damaged
from values import text


class Number(str):
    """A number as it is written."""


def number(rng: Random, style: str) -> Number:
    digits = lambda count: str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))
    sign = "-" if rng.random() < 0.2 else ""
    return Number(
        sign
        + {
            "small": lambda: str(rng.randint(0, 99)),
            "integer": lambda: digits(rng.randint(1, 15)),
            "beyond double": lambda: str(2**53 + rng.randint(1, 99)),
            "bigint": lambda: digits(rng.randint(16, 19)),
            "hugeint": lambda: digits(rng.randint(20, 38)),
            "beyond hugeint": lambda: digits(rng.randint(39, 60)),
            "price": lambda: f"{rng.randint(0, 9999)}.{rng.randint(0, 99):02}",
            "double": lambda: repr(rng.uniform(0, 1e6)),
            "short fraction": lambda: f"{rng.randint(0, 99)}.{rng.randint(0, 9)}",
            "long fraction": lambda: f"{rng.randint(0, 9)}.{digits(rng.randint(17, 36))}",
            "exponent": lambda: f"{rng.randint(1, 9)}{rng.choice(['e', 'E'])}{rng.choice(['', '+', '-'])}{rng.randint(0, 30)}",
            "fraction and exponent": lambda: f"{rng.randint(1, 9)}.{rng.randint(0, 99)}e{rng.randint(-20, 20)}",
            "beyond range": lambda: rng.choice(["1e400", "1e-400", "123e5000", "5e-324", "1.7976931348623157e308", "1.7976931348623159e308"]),
            "zeros": lambda: rng.choice(["0", "0.0", "0e5", "1.0", "1.50", "100e-2"]),
        }[style]()
    )


NUMBERS = ["small", "integer", "beyond double", "bigint", "hugeint", "beyond hugeint", "price", "double", "short fraction", "long fraction", "exponent", "fraction and exponent", "beyond range", "zeros"]
STRINGS = [
    "", " ", "2026-01-01", "2026-01-01T00:00:00Z", "12:34:56", "1", "1.50", "true", "null", "NaN", "007", "550e8400-e29b-41d4-a716-446655440000",
    '{"a":1}', "[1]", '"', "\\", "/", "line\nbreak", "tab\t", "\b\f\r", "\u007f", "\u2028\u2029", "😀", "e\u0301", "ünï", "\ufeffmark", "a'b", "-", "infinity", "2026/01/02", "01/02/2026",
]  # fmt: skip


def string(rng: Random) -> str:
    return rng.choice(STRINGS) if rng.random() < 0.5 else text(rng)


def member_name(rng: Random, index: int) -> str:
    if rng.random() < 0.85:
        return f"m{index}"
    return rng.choice(["a b", "a.b", 'quote"d', "ünï", "__proto__", "constructor", "select", "1", "x'y", "back\\slash", "new\nline", "$ref", "#", "[0]", "rowid"]) + str(index)


def value_maker(rng: Random, depth: int = 0) -> Any:
    """Returns a function that draws values of one kind: what one member of like objects holds."""
    kind = rng.choices(["number", "any number", "string", "boolean", "list", "object", "sparse", "mixed", "null"], [28, 8, 26, 8, 8, 8, 4, 7, 3])[0]
    if depth > 3 and kind in ("list", "object", "sparse", "mixed"):
        kind = "number"
    if kind == "number":
        style = rng.choice(NUMBERS)
        return lambda: number(rng, style)
    if kind == "any number":
        styles = rng.sample(NUMBERS, 2)
        return lambda: number(rng, rng.choice(styles))
    if kind == "string":
        return lambda: string(rng)
    if kind == "boolean":
        return lambda: rng.random() < 0.5
    if kind == "null":
        return lambda: None
    if kind == "list":
        of = value_maker(rng, depth + 1)
        return lambda: [of() if rng.random() < 0.95 else None for _ in range(rng.choice([0, 1, 2, 3]))]
    if kind == "object":
        members = {member_name(rng, index): value_maker(rng, depth + 1) for index in range(rng.randint(1, 4))}
        return lambda: {name: of() for name, of in members.items() if rng.random() < 0.85}
    if kind == "sparse":
        of, names = value_maker(rng, depth + 1), [f"k{index}" for index in range(rng.randint(5, 120))]
        return lambda: {name: of() for name in rng.sample(names, rng.randint(0, 2))}
    several = [value_maker(rng, depth + 1) for _ in range(2)]
    return lambda: rng.choice(several)()


def tagged(value: Any) -> Any:
    """As the comparing side reads it: numbers by their digits, objects as lists, so that no order and no name is lost on the way."""
    if isinstance(value, Number):
        return {"n": str(value)}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if isinstance(value, dict):
        return {"o": [[name, tagged(item)] for name, item in value.items()]}
    return value


class Renderer:
    def __init__(self, rng: Random, is_one_line: bool):
        self.rng, self.is_one_line = rng, is_one_line
        self.is_spaced = rng.random() < 0.3
        self.escaping = rng.choice(["least", "least", "ascii", "wild"])

    def space(self) -> str:
        if not self.is_spaced or self.rng.random() < 0.6:
            return ""
        return self.rng.choice([" ", "  ", "\t"] if self.is_one_line else [" ", "\n", "\n  ", "\r\n\t", "\t"])

    def string(self, value: str) -> str:
        if self.escaping == "least":
            return json.dumps(value, ensure_ascii=False)
        if self.escaping == "ascii":
            return json.dumps(value)
        out = []
        for letter in value:
            if self.rng.random() < 0.3 and ord(letter) < 0x10000:
                out.append(f"\\u{ord(letter):04{self.rng.choice('xX')}}")
            elif letter == "/" and self.rng.random() < 0.5:
                out.append("\\/")
            else:
                out.append(json.dumps(letter, ensure_ascii=False)[1:-1])
        return '"' + "".join(out) + '"'

    def value(self, value: Any) -> str:
        s = self.space
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value]
        if isinstance(value, Number):
            return str(value)
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, list):
            return "[" + s() + f"{s()},{s()}".join(self.value(item) for item in value) + s() + "]"
        return "{" + s() + f"{s()},{s()}".join(f"{self.string(name)}{s()}:{s()}{self.value(item)}" for name, item in value.items()) + s() + "}"


def pairs_once(pairs: "list[tuple[str, Any]]") -> dict:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a member comes twice")
    return dict(pairs)


def no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_back(content: str) -> Any:
    """The independent reading: Python's own JSON, which keeps each number as it is written and takes no member twice."""
    return json.loads(content, parse_int=Number, parse_float=Number, parse_constant=no_constant, object_pairs_hook=pairs_once)


def class_of(values: "list[Any]") -> str:
    present = [value for value in values if value is not None]
    if not present:
        return "any"
    kinds = {"boolean" if isinstance(v, bool) else "number" if isinstance(v, Number) else "string" if isinstance(v, str) else "list" if isinstance(v, list) else "object" for v in present}
    if len(kinds) > 1:
        return "json mixed"
    kind = kinds.pop()
    if kind == "number" and all(v.lstrip("-").isdigit() and abs(int(v)) < 2**127 for v in present):
        return "json integer"
    return f"json {kind}"


FAULTS = [
    "member twice", "nested member twice", "array line", "scalar line", "comma behind the last", "unclosed", "garbage behind", "two on a line", "single quotes", "no quotes", "NaN",
    "leading zero", "plus", "bare point", "control in a string", "bad escape", "wrong bytes", "too deep", "damaged stream", "lone surrogate", "NUL", "names that differ in case", "missing comma", "comment",
]  # fmt: skip


def faulty_line(rng: Random, fault: str) -> str:
    return {
        "member twice": '{"m0":1,"x":2,"m0":3}',
        "nested member twice": rng.choice(['{"m0":{"a":1,"a":1}}', '{"m0":[{"a":1,"b":{"c":1,"c":2}}]}', '{"m0":{"a":1,"\\u0061":2}}']),
        "array line": rng.choice(['[{"m0":1}]', "[1,2]", "[]"]),
        "scalar line": rng.choice(["1", '"text"', "true"]),
        "comma behind the last": rng.choice(['{"m0":1,}', '{"m0":[1,]}', '{"m0":1},']),
        "unclosed": rng.choice(['{"m0":1', '{"m0":[1}', '{"m0":"x}', '{"m0":', '{"m0"']),
        "garbage behind": rng.choice(['{"m0":1} x', '{"m0":1}}', '{"m0":1}]', '{"m0":1};']),
        "two on a line": '{"m0":1}{"m0":2}',
        "single quotes": "{'m0':1}",
        "no quotes": "{m0:1}",
        "NaN": rng.choice(['{"m0":NaN}', '{"m0":Infinity}', '{"m0":-Infinity}', '{"m0":nan}', '{"m0":undefined}']),
        "leading zero": rng.choice(['{"m0":01}', '{"m0":-00}', '{"m0":00.5}']),
        "plus": '{"m0":+1}',
        "bare point": rng.choice(['{"m0":.5}', '{"m0":1.}', '{"m0":1.e5}', '{"m0":1e}', '{"m0":-}']),
        "control in a string": rng.choice(['{"m0":"a\tb"}', '{"m0":"a\x01b"}', '{"m0":"a\x00b"}']),
        "bad escape": rng.choice(['{"m0":"\\x41"}', '{"m0":"\\u12"}', '{"m0":"\\a"}', '{"m0":"\\"}']),
        "too deep": rng.choice(['{"m0":' + "[" * 5000 + "]" * 5000 + "}", '{"m0":' * 400 + "1" + "}" * 400, '{"m0":' + "[" * 150 + "1" + "]" * 150 + "}"]),
        "missing comma": rng.choice(['{"m0":1 "m1":2}', '{"m0":[1 2]}']),
        "comment": rng.choice(['{"m0":1} // x', '{"m0":/* x */1}', '# {"m0":1}']),
    }[fault]


def json_case(rng: Random) -> Case:
    is_lines = rng.random() < 0.62
    fault = rng.choice(FAULTS) if rng.random() < 0.3 else None
    makers = {member_name(rng, index): value_maker(rng) for index in range(rng.choices([1, 2, rng.randint(3, 8), rng.randint(9, 60)], [12, 18, 58, 12])[0])}
    count = rng.choices([1, 2, 3, rng.randint(4, 40), rng.randint(41, 400), rng.randint(20_480, 22_000)], [8, 10, 12, 50, 18, 2])[0]
    if count > 20_000:
        makers = dict(list(makers.items())[:2])
    elif count > 40:
        makers = dict(list(makers.items())[:12])
    present = rng.choice([1, 1, 0.9, 0.2])
    rows = [{name: of() for name, of in makers.items() if present == 1 or rng.random() < present} for _ in range(count)]
    late = rng.random()
    if late < 0.15:  # a member of another kind in the last row
        name = rng.choice(list(makers))
        rows[-1] = {**rows[-1], name: value_maker(rng)()}
    elif late < 0.3:  # a member that only the last row has
        rows[-1] = {**rows[-1], "late": value_maker(rng)()}
    if rng.random() < 0.02:
        rows[-1] = {**rows[-1], "long": text(rng) * rng.choice([1_000, 50_000, 200_000])}
    if rng.random() < 0.03:
        deep: Any = Number("1")
        for _ in range(rng.randint(20, 90)):
            deep = [deep] if rng.random() < 0.5 else {"d": deep}
        rows[-1] = {**rows[-1], "deep": deep}
    pieces = [rows]
    if fault is None and count < 20_000 and rng.random() < 0.2:
        cuts = sorted(rng.randint(1, count) for _ in range(rng.randint(1, 3)))
        pieces = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, count])]
    case = Case(kind=("ndjson" if is_lines else "json") + (f", {fault}" if fault else ", several objects" if len(pieces) > 1 else ""), source={"format": "ndjson" if is_lines else "json"}, objects=[], is_prefix=len(pieces) > 1)
    read: "list[dict]" = []
    for index, piece in enumerate(pieces):
        body, part, lines = one_object(rng, is_lines, piece, fault, case)
        key = f"{index}.json"
        if lines is not None:
            case.outcome, case.faulty, case.lines = "refused", [key], lines
        suffix = rng.choice([".gz", ".zst"]) if rng.random() < 0.1 or fault == "damaged stream" else ""
        if suffix:
            body, key = compressed(rng, body, suffix), key + suffix
            if fault == "damaged stream":
                how, body = damaged(rng, body, suffix)
                case.kind += f": {how} {suffix}"
                case.outcome = "refused"
            case.faulty = [key] if case.outcome == "refused" else []
        case.objects.append((key, body))
        read += part
    if any(not isinstance(row, dict) for row in read):
        # An array of other things than objects: one column of JSON, if it is read at all.
        case.outcome, case.columns, case.rows = "either", [{"name": None, "class": "any"}], [[tagged(row)] for row in read]
    elif case.outcome != "refused":
        names = list(dict.fromkeys(name for row in read for name in row))
        case.columns = [{"name": name, "class": class_of([row.get(name) for row in read])} for name in names]
        if fault == "names that differ in case":
            case.columns = [{**column, "name": None} for column in case.columns]
        case.rows = [[tagged(row.get(name)) for name in names] for row in read]
        if not names:  # objects without members: a column of JSON, if they are read at all
            case.outcome, case.columns, case.rows = "either", [{"name": None, "class": "any"}], [[tagged(row)] for row in read]
    return case


def one_object(rng: Random, is_lines: bool, rows: "list[dict]", fault: "str | None", case: Case) -> "tuple[bytes, list[dict], tuple[int, int] | None]":
    renderer = Renderer(rng, is_lines)
    texts = [renderer.value(row) for row in rows]
    at, added = rng.choice([0, len(rows), rng.randint(0, len(rows))]), None
    if fault == "lone surrogate":
        added = rng.choice(['{"m0":"\\ud800"}', '{"m0":"a\\udc00b"}', '{"\\ud800":1}'])
        case.outcome = "either"
    elif fault == "NUL":
        added = '{"m0":"a\\u0000b"}'
        case.outcome = "either"
    elif fault == "names that differ in case":
        added = '{"m0":1,"M0":2}'
        case.outcome = "either"
    elif fault == "wrong bytes":
        added = '{"m0":"\udcff"}'
    elif fault is not None and fault != "damaged stream":
        added = faulty_line(rng, fault)
        if not is_lines and fault in ("comma behind the last", "garbage behind", "array line", "scalar line", "two on a line"):
            added = {"comma behind the last": '{"m0":1,}', "garbage behind": '{"m0":1} x', "array line": '[{"m0":1}]', "scalar line": "1", "two on a line": '{"m0":1}{"m0":2}'}[fault]
    if not is_lines and fault in ("array line", "scalar line"):
        case.outcome = "either"
    is_bad = added is not None and case.outcome == "rows"
    if added is not None:
        texts.insert(at, added)
    mark = "\ufeff" if rng.random() < 0.08 else ""
    if is_lines:
        ends = rng.choice(["\n", "\n", "\r\n"])
        lines, bad = [], None
        for index, line in enumerate(texts):
            if rng.random() < 0.02:
                lines.append(rng.choice(["", " ", "\t "]))
            lines.append(rng.choice(["", "", "", " "]) + line)
            if is_bad and index == at:
                bad = (len(lines), len(lines) + (1 if fault == "unclosed" else 0))
        content = mark + ends.join(lines) + (ends if rng.random() < 0.8 else "")
        read = [] if is_bad else [read_back(line) for line in content.removeprefix("\ufeff").split("\n") if line.strip(" \t\r\n")]
    elif len(texts) == 1 and rng.random() < 0.4:
        content = mark + texts[0] + rng.choice(["", "\n"])
        whole = [] if is_bad else read_back(content.removeprefix("\ufeff"))
        bad, read = ((1, content.count("\n") + 1) if is_bad else None), (whole if isinstance(whole, list) else [whole])
    else:
        between = rng.choice([",", ",\n", " ,\r\n  "])
        content = mark + rng.choice(["[", "[\n", " [ "]) + between.join(texts) + rng.choice(["]", "\n]\n", " ] "])
        bad, read = ((1, content.count("\n") + 1) if is_bad else None), ([] if is_bad else read_back(content.removeprefix("\ufeff")))
    body = content.encode("utf-8", "surrogateescape") if fault == "wrong bytes" else content.encode()
    return body, read, bad
