"""What is wrong with the rows of a list: kept as a sentence of the program with its numbers, worded when it is read.

A list is tried once and read by many, each in their language; so no words are kept but those of the source.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

from outbox.errors import Words

# The language of the source: under it every sentence of the program is worded as it is written there.
SOURCE = "en"
# The sentences that hold a number, by which they are known again.
WITH_NUMBERS = (
    gettext_noop("At most %(count)d characters."),
    gettext_noop("Row %(number)d has the same address."),
)
_PATTERNS = {
    sentence: re.compile(re.sub(r"%\\\((\w+)\\\)d", r"(?P<\1>[0-9]+)", re.escape(sentence)))
    for sentence in WITH_NUMBERS
}
# Characters of a cell that are shown again.
SHOWN = 100


def kept(row: int, column: str, words: Words, *, name: str, value: str) -> dict[str, Any]:
    """A problem as an import keeps it. To be called under the language SOURCE."""
    sentence, numbers = _taken_apart(str(words))
    problem: dict[str, Any] = {"row": row, "column": column, "words": sentence, "name": name[:SHOWN]}
    if numbers:
        problem["numbers"] = numbers
    if value:
        problem["value"] = value[:SHOWN]
    return problem


def _taken_apart(words: str) -> tuple[str, dict[str, int]]:
    for sentence, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(words):
            return sentence, {name: int(number) for name, number in found.groupdict().items()}
    return words, {}


def in_words(problem: Mapping[str, Any]) -> str:
    """It in the language that is active; what was kept in other words than the source's is shown as it is."""
    sentence, numbers = problem["words"], problem.get("numbers")
    if numbers is None:
        # Kept before numbers were: the same sentence with the number in it.
        sentence, numbers = _taken_apart(sentence)
    return gettext(sentence) % numbers if numbers else gettext(sentence) if sentence else ""
