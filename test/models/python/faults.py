"""What is wrong with a call."""

from dataclasses import dataclass
from typing import Any

# A place within a call: `None`, or the place around it and what leads on from there, a name, an index or a bracketed key. Most calls are valid,
# so that no text is built from it before it is needed.
Place = "tuple[Any, str | int] | None"


@dataclass(frozen=True)
class Fault:
    """`rule` is a kind of rule of the models, such as `required`, or the name of a documented one."""

    path: str
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text} ({self.rule})"


def path_of(place: Place) -> str:
    parts: "list[str]" = []
    while place is not None:
        place, part = place
        parts.append(f"[{part}]" if isinstance(part, int) else f".{part}")
    return "".join(reversed(parts))


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
