"""Every word can be read on everything it may stand on, in each theme, whatever colour a conference picks."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.colour import THEMES, accent_stylesheet, accent_tokens, contrast, mixed, readable

CSS = (Path(__file__).parents[2] / "platform/web/static/web/base.css").read_text()
SURFACES = ("--paper", "--raised", "--sunk")
WORDS = ("--ink", "--ink-quiet", "--accent", "--danger", "--good", "--warn")
# Words, and the coloured surfaces they stand on.
ON_TINTS = [
    ("--ink", "--accent-soft"),
    ("--ink-quiet", "--accent-soft"),
    ("--accent", "--accent-soft"),
    ("--accent-ink", "--accent"),
    ("--danger", "--danger-soft"),
    ("--danger-ink", "--danger"),
    ("--ink", "--danger-soft"),
    ("--ink", "--good-soft"),
    ("--good", "--good-soft"),
    ("--ink", "--warn-soft"),
    ("--warn", "--warn-soft"),
    ("--paper", "--ink"),
]
BLOCKS = {
    "light": r":root \{",
    "dark": r':root\[data-theme="dark"\] \{',
    "stage": r':root\[data-theme="stage"\] \{',
}


def tokens(opening: str) -> dict[str, str]:
    block = re.search(opening + r"(.*?)\}", CSS, re.DOTALL)
    assert block, opening
    return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", block[1]))


PAIRS = [
    (theme, words, surface)
    for theme in BLOCKS
    for words, surface in [(words, surface) for words in WORDS for surface in SURFACES] + ON_TINTS
]


@pytest.mark.parametrize(("theme", "words", "surface"), PAIRS)
def test_words_can_be_read(theme, words, surface):
    palette = tokens(BLOCKS[theme])
    assert contrast(palette[words], palette[surface]) >= THEMES[theme].at_least


@pytest.mark.parametrize("theme", BLOCKS)
def test_the_border_of_a_field_can_be_seen(theme):
    palette = tokens(BLOCKS[theme])
    assert all(contrast(palette["--line-strong"], palette[surface]) >= 3 for surface in SURFACES)


def test_dark_is_the_same_whether_chosen_or_the_system_s():
    assert tokens(r":root:not\(\[data-theme\]\) \{") == tokens(BLOCKS["dark"])


@pytest.mark.parametrize("theme", BLOCKS)
def test_the_accent_is_made_for_the_surfaces_that_the_stylesheet_has(theme):
    palette = tokens(BLOCKS[theme])
    assert THEMES[theme].surfaces == tuple(palette[surface] for surface in SURFACES)
    assert THEMES[theme].on_accent == palette["--accent-ink"]


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_any_colour_of_a_conference_becomes_readable(accent):
    for theme, look in THEMES.items():
        palette = tokens(BLOCKS[theme])
        made = accent_tokens(accent, theme)
        for surface in (*look.surfaces, made["--accent-soft"]):
            assert contrast(made["--accent"], surface) >= look.at_least
        assert contrast(made["--accent-ink"], made["--accent"]) >= look.at_least
        assert contrast(palette["--ink-quiet"], made["--accent-soft"]) >= look.at_least


def test_a_colour_that_is_readable_stays_as_it_was_picked():
    assert accent_tokens("#0b5fa5", "light")["--accent"] == "#0b5fa5"


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#0b5fa5", "#0b5fa5") == 1


def test_a_mix_lies_between():
    assert mixed("#ff0000", "#0000ff", 0.5) == "#800080"


def test_what_cannot_be_moved_far_enough_ends_black_or_white():
    assert readable("#808080", on=("#808080", "#ffffff"), at_least=20) == "#000000"


def test_paper_is_white_whatever_the_theme_on_screen():
    light = accent_tokens("#ffd100", "light")["--accent"]
    assert accent_stylesheet("#ffd100").split("@media print")[1].count(light) == 1
