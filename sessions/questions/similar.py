"""Questions that were asked already in other words: by the words they share, without a model and without a network."""

import re
import unicodedata
from collections.abc import Iterable

from sessions.questions.models import Question, Status
from sessions.questions.queries import in_status, questions_with_names

# As many as fit under the box on a phone.
MOST_SHOWN = 3
# The most supported and the newest: what somebody is likely to ask once more.
LOOKED_AT = 150
# Of the shorter question's words, those that the other one has too.
ALIKE = 0.5
LEAST_SHARED = 2
_WORD = re.compile(r"\w+")
# Scripts that put no space between words: pairs of letters stand for words there.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")


def words_of(text: str) -> frozenset[str]:
    """What is compared: words of three letters or more, in one case and without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if unicodedata.category(letter) != "Mn")
    words: set[str] = set()
    for word in _WORD.findall(plain):
        if unicodedata.name(word[0], "").startswith(_UNSPACED):
            words.update(word[at : at + 2] for at in range(len(word) - 1))
        elif len(word) >= 3:
            words.add(word)
    return frozenset(words)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 to 1; 0 where too few words are shared to say anything."""
    shared = len(one & other)
    return shared / min(len(one), len(other)) if shared >= LEAST_SHARED else 0.0


def similar_questions(session_id: int, text: str) -> list[Question]:
    """Published questions of the session that are like `text`, the most alike first."""
    wanted = words_of(text)
    if len(wanted) < LEAST_SHARED:
        return []
    ranked = [(likeness(wanted, words_of(question.text)), question) for question in _candidates(session_id)]
    alike = [(score, question) for score, question in ranked if score >= ALIKE]
    alike.sort(key=lambda pair: (-pair[0], -pair[1].vote_count, pair[1].pk))
    return [question for _score, question in alike[:MOST_SHOWN]]


def _candidates(session_id: int) -> Iterable[Question]:
    supported = in_status(session_id, Status.LIVE)[:LOOKED_AT]
    staged = in_status(session_id, Status.ON_STAGE)[:1]
    newest = questions_with_names().filter(session_id=session_id, status=Status.LIVE).order_by("-pk")[:LOOKED_AT]
    return {question.pk: question for group in (staged, supported, newest) for question in group}.values()
