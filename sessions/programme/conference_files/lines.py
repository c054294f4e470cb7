"""Where in a JSON text a value stands, since the parser forgets it and people need the line."""

import re
from collections.abc import Iterator

Step = str | int
Path = tuple[Step, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, on which each value of a valid JSON text begins, by its path of keys and indices."""
    return dict(_walk(text))


def _walk(text: str) -> Iterator[tuple[Path, int]]:
    path: list[Step] = []
    # For each open container: whether it is an object that waits for a key.
    expects_key: list[bool] = []
    line, scanned_to = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", scanned_to, match.start())
        scanned_to = match.start()
        mark = match[0]
        if mark in "}]":
            expects_key.pop()
            path.pop()
        elif mark == ",":
            step = path[-1]
            if isinstance(step, int):
                path[-1] = step + 1
            else:
                expects_key[-1] = True
        elif mark == ":":
            continue
        elif expects_key and expects_key[-1]:
            path[-1] = _unquoted(mark)
            expects_key[-1] = False
        else:
            yield tuple(path), line
            if mark in "{[":
                path.append("" if mark == "{" else 0)
                expects_key.append(mark == "{")


def _unquoted(key: str) -> str:
    # Keys of conference files are plain words; an escaped one is only looked up by its spelling.
    return key[1:-1]
