"""Pages for paper: Typst sets what a template in `typst/` makes of data, in every script that a name may come in.

What people wrote goes in as data and never as source. Nothing is downloaded: fonts come with packages alone, and the
machine's own are left out, so that a badge looks the same wherever it is made.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import files as files_of
from io import BytesIO
from pathlib import Path
from shutil import copyfile
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import typst
from django.conf import settings
from fontTools.ttLib import TTFont
from pypdf import PdfWriter

from web.finders import flag_exists

TEMPLATES = Path(__file__).with_name("typst")
FONT_PACKAGES = (
    "fontpkg-noto-sans",
    "fontpkg-noto-sans-arabic",
    "fontpkg-noto-sans-khmer",
    "fontpkg-noto-sans-thai",
    "fontpkg-noto-sans-tamil",
    "fontpkg-heebo",
    "noto-cjk-sans-otc",
)
FONT_ENDINGS = (".ttf", ".otf", ".ttc")
# Scripts that no package of Python's brings: these come from npm, packed for browsers.
WEB_FONTS = ("armenian", "bengali", "ethiopic", "georgian", "lao", "myanmar", "sinhala")
WEIGHTS = (400, 700)


def render(
    template: str,
    data: Mapping[str, Any],
    *,
    pictures: Mapping[str, bytes] | None = None,
    is_archived: bool = False,
    is_tagged: bool = False,
    templates: Path = TEMPLATES,
) -> bytes:
    """The PDF that `typst/<template>.typ` makes of `data`, which must fit into JSON.

    A template reads it from common.typ, and each of `pictures` under its name ("photos/7.jpg"). `is_archived` makes it
    PDF/A-2u, which holds all it needs for good, and refuses letters that no font has: RuntimeError. Without it such
    letters are empty boxes (see `letters_without_a_font`). `is_tagged` is for what is read on a screen, and read out.
    `templates` is the folder of an app that has its own.
    """
    with _prepared(template, data, pictures, templates) as source:
        return typst.compile(
            source,
            root=source.parent,
            font_paths=_fonts(),
            format="pdf",
            pdf_standards="a-2u" if is_archived else [],
            pdf_tags=is_tagged,
        )


def draw(
    template: str,
    data: Mapping[str, Any],
    *,
    pictures: Mapping[str, bytes] | None = None,
    dots_per_inch: float = 96,
    templates: Path = TEMPLATES,
) -> list[bytes]:
    """The same to be looked at: each page as a PNG. `templates` is the folder of an app that has its own."""
    with _prepared(template, data, pictures, templates) as source:
        made = typst.compile(source, root=source.parent, font_paths=_fonts(), format="png", ppi=dots_per_inch)
    return made if isinstance(made, list) else [made]


@contextmanager
def _prepared(
    template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes] | None, templates: Path = TEMPLATES
) -> Iterator[Path]:
    """The template in a folder of its own, with all that it reads."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for name, content in {"data.json": json.dumps(data, ensure_ascii=False).encode(), **(pictures or {})}.items():
            path = root / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        for source in (TEMPLATES / "common.typ", *templates.glob("*.typ")):
            copyfile(source, root / source.name)
        yield root / f"{template}.typ"


def join(parts: Iterable[bytes]) -> bytes:
    """One PDF of several. Thousands of pages are set a few hundred at a time: as one piece they take gigabytes."""
    whole, written = PdfWriter(), BytesIO()
    for part in parts:
        whole.append(BytesIO(part), import_outline=False)
    whole.write(written)
    return written.getvalue()


def flags(countries: Iterable[str]) -> dict[str, bytes]:
    """Pictures for `render`, by ISO 3166 code; a code without a picture has none."""
    folder = settings.ROOT / "node_modules" / settings.NODE_FILES["flags/"]
    return {
        f"flags/{country}.svg": (folder / f"{country}.svg").read_bytes()
        for country in set(countries)
        if country and flag_exists(country)
    }


def letters_without_a_font(words: str) -> str:
    """Those letters of `words` that would be empty boxes on paper, each once, in their order."""
    known = _letters()
    return "".join(dict.fromkeys(letter for letter in words if not letter.isspace() and ord(letter) not in known))


@cache
def _fonts() -> typst.Fonts:
    folders = list({path.parent: None for path in _font_files()})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


@cache
def _letters() -> frozenset[int]:
    """Every character for which some font has a shape."""
    letters: set[int] = set()
    for path in _font_files():
        # A collection's fonts differ in how they draw, not in what.
        with TTFont(path, fontNumber=0, lazy=True) as font:
            letters.update(font.getBestCmap())
    return frozenset(letters)


@cache
def _font_files() -> tuple[Path, ...]:
    """Raises LookupError where a package of requirements.txt is not installed, or brings no font."""
    found: list[Path] = []
    for package in FONT_PACKAGES:
        fonts = [Path(str(file.locate())) for file in files_of(package) or () if file.suffix in FONT_ENDINGS]
        if not fonts:
            raise LookupError(f"{package} brings no font")
        found += fonts
    return (*found, *_unpacked())


def _unpacked() -> list[Path]:
    """The fonts that come packed for browsers, as files that Typst reads. Written anew by each process that sets."""
    folder = settings.DATA / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    unpacked = []
    for script in WEB_FONTS:
        for weight in WEIGHTS:
            name = f"noto-sans-{script}-{script}-{weight}-normal"
            path = folder / f"{name}.ttf"
            source = settings.ROOT / "node_modules" / "@fontsource" / f"noto-sans-{script}" / "files" / f"{name}.woff"
            with TTFont(source, recalcTimestamp=False) as font, NamedTemporaryFile(dir=folder, delete=False) as file:
                font.flavor = None
                font.save(file)
            # In one step: another process may be reading it.
            Path(file.name).replace(path)
            unpacked.append(path)
    return unpacked
