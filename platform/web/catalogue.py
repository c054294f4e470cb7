"""The catalogue of all texts in every language of the site, kept in `platform/web/locale`.

GNU gettext is on few machines, so texts are found and compiled in Python. The source language is the text itself;
every other language has one `django.po`, sorted by file and without line numbers, so that a change of a page
changes only the texts that it changed. Nothing is ever "fuzzy": a changed text is an untranslated one.

Texts of packages whose pages or messages we show are *borrowed*: where a package's own catalogue lacks a language,
the text enters ours.
"""

import gettext
import importlib.util
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils.translation import override, templatize
from django_countries.base import CountriesBase
from django_countries.data import COUNTRIES

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# A comment that begins so is meant for the translator and goes with the text.
NOTES = ["Translators:"]
SOURCES = ("platform", "sessions", "realtime")
TEMPLATES = (".html", ".txt")

# Packages that speak to people on our pages: {package: (files to read, folders with the package's own catalogues)}
BORROWED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "allauth": (
        (
            "account/**/*.py",
            "mfa/**/*.py",
            "usersessions/**/*.py",
            "core/**/*.py",
            "templates/account/**/*",
            "templates/mfa/**/*",
            "templates/usersessions/**/*",
        ),
        ("locale",),
    ),
    "django": (
        ("forms/*.py", "core/validators.py", "contrib/auth/password_validation.py", "utils/timesince.py"),
        ("conf/locale", "contrib/auth/locale"),
    ),
    "django_countries": (("data.py", "base.py"), ("locale",)),
}
# Names stand in every language as they are.
NAMES = frozenset({"Sidang", "UTC"})
READ_ATTRIBUTES = frozenset({"alt", "aria-label", "aria-description", "placeholder", "title", "label"})

# Where Babel has no rule of its own for a language's plurals, or numbers the forms otherwise than Django does.
PLURALS = {
    "id": "nplurals=1; plural=0;",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sdif]|\{\w*\}")
BLOCK_IN_ATTRIBUTE = re.compile(r"""=["'][^"'<>]*\{% block (\w+)""")
MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")

# What names one text: its context, its id, and the id of its plural, if it has one.
TextKey = tuple[str | None, str, str | None]


@dataclass
class Text:
    """One text to translate, where it stands and what translators are told of it."""

    context: str | None
    singular: str
    plural: str | None
    files: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def key(self) -> TextKey:
        return self.context, self.singular, self.plural

    @property
    def id(self) -> str | tuple[str, str]:
        return (self.singular, self.plural) if self.plural else self.singular


@dataclass(frozen=True, order=True)
class Problem:
    """Something that would show a person the wrong words, or none."""

    file: str
    what: str
    text: str

    def __str__(self) -> str:
        short = self.text if len(self.text) <= 100 else f"{self.text[:97]}..."
        return f"{self.file}: {self.what}: {short!r}"


# Finding texts


def texts_of(name: str, source: str, *, template: bool) -> Iterator[Text]:
    """The texts in one file's source.

    Raises SyntaxError, naming the file, when a template's translation tags are wrong.
    """
    if template:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a note for translators that would be lost
            source = templatize(source, origin=name)
        # Besides calls and notes only blanks and Xs are left, which would part a note from its text.
        lines = (line.strip() for line in source.splitlines())
        source = "\n".join(line for line in lines if line.startswith("#") or "(" in line)
    found = extract("python", BytesIO(source.encode()), KEYWORDS, NOTES, {"encoding": "utf-8"}, strip_comment_tags=True)
    for _line, message, notes, context in found:
        ids = (message,) if isinstance(message, str) else message
        if ids[0]:
            yield Text(context, ids[0], ids[1] if len(ids) > 1 else None, {name}, list(notes))


def gathered(found: Iterable[Text]) -> dict[TextKey, Text]:
    """Texts that are the same, wherever they stand, as one."""
    texts: dict[TextKey, Text] = {}
    for text in found:
        known = texts.setdefault(text.key, Text(*text.key))
        known.files |= text.files
        known.notes += [note for note in text.notes if note not in known.notes]
    return texts


def own_files(root: Path) -> Iterator[Path]:
    """Every Python file and template of ours whose texts people may see."""
    for source in SOURCES:
        for file in sorted((root / source).rglob("*")):
            code = file.suffix == ".py" and "migrations" not in file.parts
            if code or (file.suffix in TEMPLATES and "templates" in file.parts):
                yield file
    yield from sorted(file for file in (root / "templates").rglob("*") if file.suffix in TEMPLATES)


def own_texts(root: Path) -> dict[TextKey, Text]:
    return gathered(
        text
        for file in own_files(root)
        for text in texts_of(str(file.relative_to(root)), file.read_text(), template=file.suffix in TEMPLATES)
    )


def package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise LookupError(f"{package} is not installed")
    return Path(spec.origin).parent


def borrowed_texts(language: str) -> dict[TextKey, Text]:
    """Texts of the packages we show that their own catalogues leave untranslated in `language`."""
    return gathered(
        text
        for package, (patterns, locales) in BORROWED.items()
        for text in _package_texts(package, patterns)
        if not _translated(package, locales, language, text)
    )


def _package_texts(package: str, patterns: Sequence[str]) -> Iterator[Text]:
    folder = package_folder(package)
    for pattern in patterns:
        for file in sorted(folder.glob(pattern)):
            template = file.suffix in TEMPLATES
            if file.is_file() and (file.suffix == ".py" or template) and "tests" not in file.parts:
                name = f"{package}/{file.relative_to(folder)}"
                yield from texts_of(name, file.read_text(), template=template)


def _translated(package: str, locales: Sequence[str], language: str, text: Text) -> bool:
    for locale in locales:
        known = gettext.translation("django", package_folder(package) / locale, languages=[language], fallback=True)
        catalogue: dict[object, str] = getattr(known, "_catalog", {})
        singular = text.singular if text.context is None else f"{text.context}\x04{text.singular}"
        if catalogue.get((singular, 0) if text.plural else singular):
            return True
    return False


# The files


def languages() -> list[str]:
    """Every language of the site but the one that the texts are written in."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def folder() -> Path:
    return Path(settings.LOCALE_PATHS[0])


def po_file(language: str) -> Path:
    return folder() / language / "LC_MESSAGES" / "django.po"


def wanted(language: str) -> dict[TextKey, Text]:
    """All that the catalogue of `language` must have: our own texts and the borrowed ones."""
    own = own_texts(settings.ROOT)
    return own | {key: text for key, text in borrowed_texts(language).items() if key not in own}


def kept(language: str) -> Catalog:
    """The catalogue as it stands; an empty one where there is none."""
    file = po_file(language)
    if not file.exists():
        return blank(language)
    with file.open("rb") as po:
        return read_po(po, locale=language, abort_invalid=True)


def key_of(message: Message) -> TextKey:
    if isinstance(message.id, str):
        return message.context, message.id, None
    singular, plural = message.id
    return message.context, singular, plural


def messages(catalogue: Catalog) -> dict[TextKey, Message]:
    return {key_of(message): message for message in catalogue if message.id}


def update(language: str) -> None:
    """Writes the catalogue anew: every wanted text, with the translation it had; texts that are gone are gone."""
    had = messages(kept(language))
    catalogue = blank(language)
    for key, text in sorted(wanted(language).items(), key=lambda item: str(item)):
        catalogue.add(
            text.id,
            string=had[key].string if key in had else country_name(text.singular, language),
            locations=[(file, 0) for file in sorted(text.files)],
            auto_comments=text.notes,
            user_comments=had[key].user_comments if key in had else (),
            context=text.context,
        )
    written = BytesIO()
    write_po(written, catalogue, width=100, omit_header=True, sort_by_file=True, include_lineno=False)
    file = po_file(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_header(language).encode() + written.getvalue())


def country_name(english: str, language: str) -> str | None:
    """What Unicode's locale data calls the country that django_countries calls `english`, if it is one."""
    with override(None):
        codes = {str(name): code for code, name in COUNTRIES.items()}
        codes |= {str(name): code for code, name in CountriesBase().COMMON_NAMES.items()}
    return Locale(language).territories.get(codes.get(english, ""))


def blank(language: str) -> Catalog:
    """A catalogue of nothing, which knows how the language counts."""
    return read_po(BytesIO(_header(language).encode()), locale=language)


def _header(language: str) -> str:
    """A header that says only what is needed to read the file, so that two updates in a row write the same."""
    lines = (
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Language: {language}",
        f"Plural-Forms: {PLURALS.get(language) or Catalog(locale=language).plural_forms}",
    )
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines) + "\n"


def compile_all() -> list[Path]:
    """Writes each `django.po` as the `django.mo` that Django reads; returns what it wrote."""
    made = []
    for po in sorted(folder().glob("*/LC_MESSAGES/django.po")):
        with po.open("rb") as source:
            catalogue = read_po(source, locale=po.parts[-3], abort_invalid=True)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        mo = po.with_suffix(".mo")
        # A server that starts just now reads the old file or the new one, never half of one.
        fresh = mo.with_suffix(".fresh")
        fresh.write_bytes(compiled.getvalue())
        fresh.replace(mo)
        made.append(mo)
    return made


# What is wrong


def problems() -> list[Problem]:
    """All that would show a person a wrong or foreign word, sorted by file."""
    found = [problem for language in languages() for problem in problems_of(language)]
    templates = {file: file.read_text() for file in own_files(settings.ROOT) if file.suffix in TEMPLATES}
    silent = attribute_blocks(templates.values())
    found += [
        Problem(str(file.relative_to(settings.ROOT)), "text outside a translation", text)
        for file, source in templates.items()
        for text in bare_texts(source, silent=silent)
    ]
    return sorted(found)


def problems_of(language: str) -> Iterator[Problem]:
    need = wanted(language)
    have = messages(kept(language))
    catalogue = str(po_file(language).relative_to(settings.ROOT))
    plural_forms = blank(language).num_plurals
    for key, text in need.items():
        place = min(text.files)
        if key not in have:
            yield Problem(place, f"not in {catalogue} (manage.py catalogue --update)", text.singular)
            continue
        for what in faults(have[key], plural_forms):
            yield Problem(place, f"{language}: {what}", text.singular)
    for key in have.keys() - need.keys():
        yield Problem(catalogue, "no longer in any file (manage.py catalogue --update)", key[1])


def faults(message: Message, plural_forms: int) -> Iterator[str]:
    """What is wrong with one translation; nothing, if it may be shown."""
    if message.fuzzy:
        yield "marked fuzzy"
    ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    if not any(forms):
        yield "untranslated"
        return
    if len(ids) > 1 and (len(forms) != plural_forms or not all(forms)):
        yield f"needs {plural_forms} plural forms"
        return
    yield from _wrong_placeholders(ids, forms)
    allowed = {tuple(sorted(MARKUP.findall(id_))) for id_ in ids}
    if any(tuple(sorted(MARKUP.findall(form))) not in allowed for form in forms):
        yield "other markup than the text"


def _wrong_placeholders(ids: Sequence[str], forms: Sequence[str]) -> Iterator[str]:
    """Every placeholder must survive, and none may appear that nobody fills.

    A plural form for none, one or two may say the number in a word, so all forms but the last may lack one.
    """
    known = {name for id_ in ids for name in PLACEHOLDER.findall(id_)}
    needed = set(PLACEHOLDER.findall(ids[-1]))
    for number, form in enumerate(forms):
        found = set(PLACEHOLDER.findall(form))
        if strange := found - known:
            yield f"has {', '.join(sorted(strange))}, which nobody fills"
        spared = 0 if number == len(forms) - 1 else 1
        if len(missing := needed - found) > spared:
            yield f"lacks {', '.join(sorted(missing))}"


# What stands in these is for machines, or is typed as it stands.
WORDLESS = ("script", "style", "code")


class _Words(HTMLParser):
    """Collects what a person would see or hear of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in WORDLESS:
            self.silent += 1
        self.found += [value for name, value in attrs if name in READ_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in WORDLESS:
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def attribute_blocks(sources: Iterable[str]) -> frozenset[str]:
    """Names of blocks that stand inside an attribute, where they hold classes rather than words."""
    return frozenset(name for source in sources for name in BLOCK_IN_ATTRIBUTE.findall(source))


def bare_texts(source: str, *, silent: frozenset[str] = frozenset()) -> list[str]:
    """Words in a template that no translation tag holds, so that every reader would see them in English.

    Blocks named in `silent` are not for people.
    """
    words = _Words()
    words.feed("".join(_outside_translations(source, silent)))
    words.close()
    return [text for text in (" ".join(found.split()) for found in words.found) if _speaks(text)]


def _outside_translations(source: str, silent: frozenset[str]) -> Iterator[str]:
    """The template's own text, without what its tags would put there."""
    ends = before = ""
    for token in Lexer(source).tokenize():
        words = token.contents.split() if token.token_type is TokenType.BLOCK else []
        if ends:
            ends = "" if words[:1] == [ends] else ends
        elif words and words[0] in ("blocktranslate", "blocktrans", "comment"):
            ends = f"end{words[0]}"
        elif words[:1] == ["block"] and words[1] in silent:
            ends = "endblock"
        elif token.token_type is TokenType.TEXT:
            before = token.contents
            yield before
            continue
        # `<{% if href %}a{% else %}button{% endif %}>` is a tag whose name a tag chooses, not words.
        yield "" if before.endswith(("<", "</")) else " "


def _speaks(text: str) -> bool:
    """Whether a text has a word in it, rather than signs, numbers, one letter or a name."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    return any(word not in NAMES for word in words)
