"""What holds for every template of the project: nothing inline, every file there, every word translatable."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template

ROOT = Path(__file__).parents[2] / "templates"
TEMPLATES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.suffix in (".html", ".txt"))
PAGES = [name for name in TEMPLATES if name.endswith(".html")]

# Words that are the same in every language.
NOT_TRANSLATED = {
    "Sidang": "the name of the software",
    "UTC": "a time zone's own name",
}
INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*="),
    "a style element": re.compile(r"<style\b"),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*="),
    "a script of its own": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")"),
    "a javascript: address": re.compile(r"javascript:"),
}
TRANSLATED = re.compile(
    r"\{%\s*blocktrans(?:late)?\b.*?\{%\s*endblocktrans(?:late)?\s*%\}"
    # Class names of <main>, not words.
    r"|\{%\s*block page\s*%\}.*?\{%\s*endblock(?: page)?\s*%\}"
    r"|\{%\s*comment\b.*?\{%\s*endcomment\s*%\}|\{#.*?#\}",
    re.DOTALL,
)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
LETTERS = re.compile(r"[^\W\d_]{2,}")
SPOKEN_ATTRIBUTES = {"alt", "title", "aria-label", "placeholder", "content", "label", "data-label"}


def source(name: str) -> str:
    return (ROOT / name).read_text()


class Words(HTMLParser):
    """The texts that a reader sees or hears, with everything translated already taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.skipping = 0

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "style", "code"):
            self.skipping += 1
        named = dict(attrs)
        for name, value in attrs:
            if (
                name in SPOKEN_ATTRIBUTES
                and not (
                    tag == "meta"
                    and named.get("name")
                    in {"viewport", "color-scheme", "htmx-config", "robots", "theme-color", "htmx", "referrer"}
                )
                and "http-equiv" not in named
            ):
                self.found.append(value or "")

    def handle_endtag(self, tag):
        if tag in ("script", "style", "code"):
            self.skipping -= 1

    def handle_data(self, data):
        if not self.skipping:
            self.found.append(data)


def bare_words(html: str) -> list[str]:
    words = Words()
    words.feed(TAG.sub("", TRANSLATED.sub("", html)))
    left = [" ".join(text.split()) for text in words.found if LETTERS.search(text)]
    return [text for text in left if LETTERS.sub("", text) != text and not _is_allowed(text)]


def _is_allowed(text: str) -> bool:
    for word in NOT_TRANSLATED:
        text = text.replace(word, "")
    return not LETTERS.search(text)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_can_be_read(name):
    get_template(name)


@pytest.mark.parametrize("what", INLINE)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_inline(name, what):
    assert INLINE[what].findall(source(name)) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_static_file_is_there(name):
    asked = re.findall(r"""\{%\s*static\s+["']([^"']+)["']""", source(name))
    assert [path for path in asked if not finders.find(path)] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_icon_is_there(name):
    there = set(re.findall(r'id="([\w-]+)"', Path(finders.find("web/icons.svg")).read_text()))
    asked = set(re.findall(r"""\{%\s*icon\s+["']([\w-]+)["']""", source(name)))
    assert asked - there == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_word_can_be_translated(name):
    assert bare_words(source(name)) == []


def test_a_bare_word_would_be_found():
    assert bare_words('<p title="Close">{% translate "Yes" %} Later</p>') == ["Close", "Later"]


def test_scripts_import_only_what_is_there():
    for path in Path(__file__).parents[2].glob("*/**/static/**/*.js"):
        if "node_modules" in path.parts or ".venv" in path.parts or "var" in path.parts:
            continue
        for imported in re.findall(r"""(?:from|import)\s*\(?["'](\.[^"']+)["']""", path.read_text()):
            folder = path.parent.as_posix().rpartition("/static/")[2]
            there = Path("/", folder, imported)
            name = Path(*_resolved(there.parts[1:])).as_posix()
            assert finders.find(name), f"{path.name} imports {imported}"


def _resolved(parts: tuple[str, ...]) -> list[str]:
    stack: list[str] = []
    for part in parts:
        if part == "..":
            stack.pop()
        elif part != ".":
            stack.append(part)
    return stack
