"""What everybody sees of a topic, read once for all who come between two of its changes.

Each change of what a topic shows moves its standing in the same transaction. So what was read at a standing still is
what there is, or newer, for whoever finds the topic standing there: as good as a read of their own.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from outbox.reading import Standing

T = TypeVar("T")

# Seconds. A name of a person or a delegation that is shown beside it changes without an event of the topic.
KEPT_FOR = 5.0
MOST_KEPT = 200

_kept: OrderedDict[tuple[str, int], tuple[Standing, float, Any]] = OrderedDict()


def kept(what: str, number: int, standing: Standing, read: Callable[[], T]) -> T:
    """What `read` answers, or answered for somebody before while its topic stood where it stands now.

    `standing` is the topic's, read before this is called; `what` and `number` say what is read, of which thing. The
    answer is shared by requests: nobody may change it.
    """
    now = time.monotonic()
    found = _kept.get((what, number))
    if found is not None and found[0] == standing and now - found[1] < KEPT_FOR:
        answer: T = found[2]
        return answer
    answer = read()
    _kept[what, number] = (standing, now, answer)
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return answer
