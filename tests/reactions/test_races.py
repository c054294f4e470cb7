"""Reactions of a whole hall at the same moment: none is lost."""

import pytest

from sessions.reactions.models import Reactions

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


def test_no_reaction_of_a_hall_is_lost(racers, panel, ben, ada, chen, olga):
    people = (ben, ada, chen, olga)
    jobs = [{"do": "react", "with": {"session_id": panel.pk, "by": person.pk, "times": 5}} for person in people]
    assert racers.race(jobs) == ["done"] * len(people)
    assert Reactions.objects.get().applause_count == 20
