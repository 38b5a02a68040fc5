"""RFC 4180 by the letter, character by character: slow and plain. Its values are compared with those of Python's csv."""

import csv
import io
from dataclasses import dataclass, field


@dataclass
class Record:
    start: int  # line, from 1
    fields: "list[tuple[str | None, bool]]" = field(default_factory=list)  # the text, None where there is none; whether it is quoted
    end: int = 0
    # A field that does not begin with a quote but has one: readers may take it as it is, or refuse it.
    has_stray_quote: bool = False

    def is_blank(self) -> bool:
        return self.fields == [(None, False)]


class NotCsv(Exception):
    def __init__(self, record: Record, last: int, before: "list[Record]"):
        super().__init__(f"lines {record.start} to {last}")
        self.lines = (record.start, last)
        self.before = before


def records(content: str, delimiter: str, skipped_lines: int = 0) -> "list[Record]":
    """Raises NotCsv for a quote that is not closed, and for text behind a closing quote."""
    at, line, size = behind_lines(content, skipped_lines), 1 + skipped_lines, len(content)
    found: "list[Record]" = []
    while at < size:
        record = Record(start=line)
        while True:
            value, is_quoted = [], False
            if content.startswith('"', at):
                is_quoted, at = True, at + 1
                while True:
                    if at >= size:
                        raise NotCsv(record, line + 1, found)
                    if content.startswith('""', at):
                        value.append('"')
                        at += 2
                    elif content[at] == '"':
                        at += 1
                        break
                    else:
                        letter = content[at]
                        value.append(letter)
                        if letter == "\n" or (letter == "\r" and not content.startswith("\r\n", at)):
                            line += 1
                        at += 1
                if at < size and content[at] not in "\r\n" + delimiter:
                    raise NotCsv(record, line, found)
            else:
                start = at
                while at < size and content[at] not in "\r\n" + delimiter:
                    at += 1
                value = [content[start:at]]
                record.has_stray_quote = record.has_stray_quote or '"' in value[0]
            text = "".join(value)
            record.fields.append((text if is_quoted or text else None, is_quoted))
            if at < size and content[at] == delimiter:
                at += 1
                continue
            break
        record.end = line
        at += 2 if content.startswith("\r\n", at) else 1
        line += 1
        found.append(record)
    check(content, delimiter, skipped_lines, found)
    return found


def behind_lines(content: str, count: int) -> int:
    at = 0
    for _ in range(count):
        while at < len(content) and content[at] not in "\r\n":
            at += 1
        at += 2 if content.startswith("\r\n", at) else 1
    return at


def check(content: str, delimiter: str, skipped_lines: int, found: "list[Record]") -> None:
    if "\0" in content:
        return
    stream = io.StringIO(content, newline="")
    for _ in range(skipped_lines):
        stream.readline()
    theirs = [row or [""] for row in csv.reader(stream, delimiter=delimiter, strict=True)]
    ours = [[value or "" for value, _ in record.fields] for record in found]
    if theirs != ours:
        raise AssertionError(f"Python's csv reads otherwise: {[pair for pair in zip(ours, theirs) if pair[0] != pair[1]][:1]}")


def detected_delimiter(content: str, skipped_lines: int = 0) -> str:
    """The candidate that the first line has most of, outside of quotes; a comma where it has none."""
    counts, is_quoted = dict.fromkeys(",;\t|", 0), False
    for letter in content[behind_lines(content, skipped_lines) :]:
        if letter == '"':
            is_quoted = not is_quoted
        elif not is_quoted and letter in "\r\n":
            break
        elif not is_quoted and letter in counts:
            counts[letter] += 1
    return max(counts, key=lambda mark: counts[mark])
