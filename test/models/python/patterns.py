"""
The patterns of AWS's models, which are Java's. Java and Python differ in classes such as `\\w` and `\\p{Print}`, in how characters beyond 16 bits
are written, and in `[`, `-` and `&&` within brackets. Each difference is translated here, and what cannot be is an error, so that no pattern goes
unchecked.
"""

import re
from functools import lru_cache

import regex

# https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/regex/Pattern.html: US-ASCII only, unless a flag says otherwise.
_ASCII_CLASSES = {
    r"\d": "0-9",
    r"\w": "a-zA-Z0-9_",
    r"\s": r" \t\n\x0B\f\r",
    r"\p{Lower}": "a-z",
    r"\p{Upper}": "A-Z",
    r"\p{ASCII}": r"\x00-\x7F",
    r"\p{Alpha}": "a-zA-Z",
    r"\p{Digit}": "0-9",
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{Punct}": r"!-/:-@\[-`{-~",
    r"\p{Graph}": "!-~",
    r"\p{Print}": r"\x20-\x7E",
    r"\p{Blank}": r" \t",
    r"\p{Cntrl}": r"\x00-\x1F\x7F",
    r"\p{XDigit}": "0-9a-fA-F",
    r"\p{Space}": r" \t\n\x0B\f\r",
}
_OPPOSITES = {r"\D": r"\d", r"\W": r"\w", r"\S": r"\s"}
_ANYTHING = {r"[\s\S]", r"[\S\s]", r"[\d\D]", r"[\w\W]"}
_TOKEN = re.compile(
    r"(?P<anything>\[\\[sSdDwW]\\[sSdDwW]\])"
    r"|\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<escape>\\p\{\w+\}|\\.)"
    r"|(?P<plain>.)",
    re.S,
)


class UnknownPattern(Exception):
    pass


def matches(pattern: str, value: str) -> bool:
    """The services want the whole value to match."""
    return compiled(pattern).fullmatch(value) is not None


@lru_cache(maxsize=None)
def compiled(pattern: str) -> "regex.Pattern[str]":
    try:
        return regex.compile(_translated(pattern), regex.V0)
    except regex.error as error:
        raise UnknownPattern(f"{pattern!r} cannot be translated from Java: {error}") from error


def _translated(pattern: str) -> str:
    if "&&" in pattern or re.search(r"\[\^?\]", pattern):
        raise UnknownPattern(f"{pattern!r} has a class that only Java reads so: translate it in patterns.py.")
    parts: "list[str]" = []
    in_brackets = follows_class = False
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        is_class = False
        if token["anything"] is not None and not in_brackets:
            if text not in _ANYTHING:
                raise UnknownPattern(f"{pattern!r} has the class {text}: translate it in patterns.py.")
            parts.append("(?s:.)")
        elif token["high"] is not None:
            parts.append(f"\\U{_code_point(token['high'], token['low']):08x}")
        elif text in _ASCII_CLASSES:
            is_class = in_brackets
            parts.append(_ASCII_CLASSES[text] if in_brackets else f"[{_ASCII_CLASSES[text]}]")
        elif text in _OPPOSITES:
            if in_brackets:
                raise UnknownPattern(f"{pattern!r} has {text} in brackets: translate it in patterns.py.")
            parts.append(f"[^{_ASCII_CLASSES[_OPPOSITES[text]]}]")
        elif in_brackets and (text == "[" or (text == "-" and follows_class)):
            parts.append(f"\\{text}")
        else:
            parts.append(text)
            in_brackets = text == "[" or (in_brackets and text != "]")
            is_class = in_brackets and text.startswith("\\p")
        follows_class = is_class
    return "".join(parts)


def _code_point(high: str, low: str) -> int:
    return 0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00)
