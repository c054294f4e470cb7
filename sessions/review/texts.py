"""What a statement says and how it is known again: its digest, and captions for its film.

Nobody has timed a statement’s text. Its captions give each piece of it as much of the film as it has of the letters:
close to a speaker who reads it out at an even pace, and a delegation that wants it exact brings captions in its film.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate, pairwise

from sessions.review.models import Statement

# Two lines of a film’s picture.
LONGEST_CUE = 84  # characters
SENTENCE_ENDS = re.compile(r"(?<=[.!?…؟۔।])\s+|(?<=[。！？])|\n+")


def digest_of(statement: Statement) -> str:
    """SHA-256 in hexadecimal digits: of the file that was handed in, else of the text in UTF-8."""
    if statement.upload is not None:
        return statement.upload.sha256
    return sha256(statement.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from one moment of the film to another, in milliseconds."""

    from_ms: int
    to_ms: int
    words: str


def cues_of(text: str, length_ms: int) -> list[Cue]:
    """The text over the whole length of a film. Each begins where the one before ends; none for a text of nothing."""
    pieces = list(_pieces(text))
    whole = sum(map(len, pieces))
    if not whole or length_ms <= 0:
        return []
    marks = accumulate(map(len, pieces), initial=0)
    moments = [length_ms * mark // whole for mark in marks]
    return [Cue(begins, ends, words) for (begins, ends), words in zip(pairwise(moments), pieces, strict=True)]


def _pieces(text: str) -> Iterator[str]:
    for sentence in SENTENCE_ENDS.split(text):
        yield from _wrapped(sentence.split())


def _wrapped(words: list[str]) -> Iterator[str]:
    """Words in pieces of at most so many letters, of about one length; a longer word stands alone."""
    if not words:
        return
    total = len(" ".join(words))
    goal = total / -(-total // LONGEST_CUE)
    piece = ""
    for word in words:
        longer = f"{piece} {word}" if piece else word
        if piece and (len(longer) > LONGEST_CUE or len(piece) >= goal):
            yield piece
            piece = word
        else:
            piece = longer
    yield piece


def as_webvtt(cues: list[Cue]) -> str:
    """The captions as a file that browsers read."""
    blocks = [f"{_moment(cue.from_ms)} --> {_moment(cue.to_ms)}\n{_escaped(cue.words)}" for cue in cues]
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def _moment(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{ms:03}"


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
