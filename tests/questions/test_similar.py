"""What counts as asked already."""

import pytest

from sessions.questions.models import Status
from sessions.questions.similar import likeness, similar_questions, words_of


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("How do small islands finance digital trade?", "Can digital trade of small islands be financed?", True),
        ("How do small islands finance digital trade?", "Who trains the diplomats of tomorrow?", False),
        ("Bagaimana UMKM memperoleh pembiayaan digital?", "UMKM: pembiayaan digital dari mana?", True),
        ("كيف تستفيد الشركات الصغيرة من التجارة الرقمية؟", "هل تستفيد الشركات الصغيرة؟", True),
        ("小型企业如何参与数字贸易？", "数字贸易中小型企业的机会是什么？", True),
        ("Café society and résumés", "CAFE society, RESUMES", True),
        ("the the the the", "the", False),
    ],
)
def test_questions_are_alike_by_the_words_they_share(one, other, alike):
    assert (likeness(words_of(one), words_of(other)) >= 0.5) == alike


def test_only_the_published_are_offered_the_most_alike_first(open_panel, ben, a_question):
    exact = a_question(open_panel, ben, text="How do small islands finance digital trade?")
    near = a_question(open_panel, ben, text="How do small islands join digital trade and its rules?", vote_count=9)
    a_question(open_panel, ben, Status.PENDING, text="How do small islands finance digital trade today?")
    found = similar_questions(open_panel.pk, "How do small islands finance digital trade?")
    assert found == [exact, near]


@pytest.mark.parametrize("text", ["", "a b c", "?", "x" * 2000])
def test_too_little_to_go_by_offers_nothing(open_panel, ben, a_question, text):
    a_question(open_panel, ben)
    assert similar_questions(open_panel.pk, text) == []
