"""Who may be one person: the same mailbox, the same passport, or names that are nearly alike. Pure functions.

Names are compared by their trigrams. Each rare trigram leads to the few names that hold it, so that a full house takes
seconds and not the square of its people.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from registration.columns import fold

# Dice's coefficient of the trigrams, from which on two names are alike: "Mohamed Ali" and "Mohammed Ali" are.
ALIKE = 0.8
# Shorter names are alike only if they are equal: in Chinese or Korean one letter is another person.
SHORTEST = 6
# A trigram that more names hold than this tells nothing about any pair of them.
COMMON = 120
# An address or a name that more people have is an office's or a placeholder's: it says of no two that they are one.
MOST_SHARING = 10
# More than this is nobody's evening.
MOST_PAIRS = 2000
# Of so many at most somebody says at once that they are one; whoever is like them beyond that is shown beside one.
MOST_IN_ONE = 8
# One mailbox with and without dots.
UNDOTTED = ("gmail.com", "googlemail.com")
EMAIL, PASSPORT, NAME = "email", "passport", "name"


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    name: str
    email: str = ""
    passport: str = ""
    # For whom they come: two of one name in one delegation or organisation are the likelier one.
    delegation: int | None = None
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people's numbers, the smaller first, and by what they are alike."""

    first: int
    second: int
    why: str


def mailbox(email: str) -> str:
    """Where a mail arrives: without the part behind a plus, and one domain for those that are one."""
    local, _at, domain = email.strip().casefold().rpartition("@")
    local = local.partition("+")[0]
    return f"{local.replace('.', '')}@gmail.com" if domain in UNDOTTED else f"{local}@{domain}"


@dataclass(frozen=True, slots=True)
class Tie:
    """A pair that was written down under `key`. `is_close`: both come for one delegation or organisation."""

    key: int
    first: int
    second: int
    why: str
    is_close: bool = False

    @property
    def rank(self) -> int:
        """The surer the sign, the smaller."""
        return 0 if self.why in (EMAIL, PASSPORT) else 1 if self.is_close else 2


@dataclass(slots=True)
class Cluster:
    """People who may all be one, with the ties between them, the surest first."""

    numbers: list[int] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)


def clusters_of(ties: Iterable[Tie]) -> list[Cluster]:
    """Each tie is in one cluster; the surest come first. Three rows of one name are one cluster and not three pairs.

    Names that are nearly alike may lead from one to the next without end: a cluster has MOST_IN_ONE at most, and a tie
    that would make it larger stands alone.
    """
    alone: list[Cluster] = []
    of: dict[int, Cluster] = {}
    for tie in sorted(ties, key=lambda tie: tie.rank):
        one, other = of.get(tie.first) or Cluster([tie.first]), of.get(tie.second) or Cluster([tie.second])
        if one is not other and len(one.numbers) + len(other.numbers) > MOST_IN_ONE:
            alone.append(Cluster([tie.first, tie.second], [tie]))
            continue
        if one is not other:
            one.numbers += other.numbers
            one.ties += other.ties
        one.ties.append(tie)
        of |= dict.fromkeys(one.numbers, one)
    found = [*{id(cluster): cluster for cluster in of.values()}.values(), *alone]
    for cluster in found:
        cluster.numbers.sort()
        cluster.ties.sort(key=lambda tie: (tie.rank, tie.key))
    return sorted(found, key=lambda cluster: (cluster.ties[0].rank, cluster.ties[0].key))


def pairs_of(people: Iterable[Person], *, but: Collection[tuple[int, int]] = ()) -> list[Pair]:
    """Each pair once, with the strongest sign first: address, then passport, then the likest names.

    Of the names those come first that are of one delegation or organisation. Pairs of `but` were decided on already.
    MOST_PAIRS at most.
    """
    people = list(people)
    found: dict[tuple[int, int], str] = {}
    boxes = {person.number: mailbox(person.email) for person in people if person.email}
    papers = {person.number: fold(person.passport).replace(" ", "") for person in people if person.passport}
    for why, signs in ((EMAIL, boxes), (PASSPORT, papers)):
        for pair in _sharing(signs):
            found.setdefault(pair, why)
    about = {person.number: person for person in people}
    alike = _alike({person.number: person.name for person in people})
    for pair in sorted(alike, key=lambda pair: not are_close(about[pair[0]], about[pair[1]])):
        found.setdefault(pair, NAME)
    for pair in but:
        found.pop(pair, None)
    return [Pair(*pair, why) for pair, why in list(found.items())[:MOST_PAIRS]]


def are_close(one: Person, other: Person) -> bool:
    """Whether both come for one delegation or one organisation."""
    if one.delegation is not None and one.delegation == other.delegation:
        return True
    return bool(one.organisation) and fold(one.organisation) == fold(other.organisation)


def _sharing(signs: dict[int, str]) -> Iterator[tuple[int, int]]:
    holders = defaultdict(list)
    for number, sign in signs.items():
        if sign:
            holders[sign].append(number)
    for numbers in holders.values():
        if len(numbers) <= MOST_SHARING:
            yield from combinations(sorted(numbers), 2)


def _alike(names: dict[int, str]) -> list[tuple[int, int]]:
    """Pairs of numbers, the likest names first."""
    folded = {number: _plain(name) for number, name in names.items()}
    bearers: dict[str, list[int]] = defaultdict(list)
    for number, name in folded.items():
        if name:
            bearers[name].append(number)
    # Before they are paired: of a name that thousands have, the pairs alone would fill the memory.
    bearers = {name: numbers for name, numbers in bearers.items() if len(numbers) <= MOST_SHARING}
    pairs = [(1.0, pair) for numbers in bearers.values() for pair in combinations(sorted(numbers), 2)]
    for one, other, likeness in _alike_names(list(bearers)):
        pairs += [(likeness, (min(a, b), max(a, b))) for a in bearers[one] for b in bearers[other]]
    return [pair for likeness, pair in sorted(pairs, key=lambda found: (-found[0], found[1]))]


def _plain(name: str) -> str:
    """Family name first or last is the same name, and in East Asian letters a blank between them says nothing."""
    words = fold(name).split()
    if words and all(_is_east_asian(char) for word in words for char in word):
        return "".join(words)
    return " ".join(sorted(words))


def _is_east_asian(char: str) -> bool:
    return unicodedata.east_asian_width(char) == "W"


def _alike_names(names: list[str]) -> Iterator[tuple[str, str, float]]:
    grams = {name: _trigrams(name) for name in names if len(name) >= SHORTEST}
    holders: dict[str, list[str]] = defaultdict(list)
    for name, its in grams.items():
        shared: Counter[str] = Counter()
        for gram in its:
            if len(holders[gram]) <= COMMON:
                shared.update(holders[gram])
            holders[gram].append(name)
        for other, count in shared.items():
            # At least a third of what is rare in it: the rest is not worth a closer look.
            if count * 3 < len(its):
                continue
            likeness = 2 * len(its & grams[other]) / (len(its) + len(grams[other]))
            if likeness >= ALIKE:
                yield name, other, likeness


def _trigrams(name: str) -> frozenset[str]:
    grams = set()
    for word in name.split():
        padded = f"  {word} "
        grams |= {padded[start : start + 3] for start in range(len(padded) - 2)}
    return frozenset(grams)
