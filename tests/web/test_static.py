"""Static files once they are collected: names with a hash, scripts that find each other, readable by the web server."""

import re
import stat
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.templatetags.static import static

from web.finders import files, keep_flags_longer

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "web.storage.HashedFiles"},
}


@pytest.fixture
def collected(settings, tmp_path) -> Path:
    settings.STORAGES = STORAGES
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    staticfiles_storage.hashed_files = staticfiles_storage.load_manifest()[0]
    return tmp_path


def test_scripts_find_each_other_under_their_hashed_names(collected):
    page = collected / static("web/page.js").removeprefix("/static/")
    imported = re.findall(r'from "\./([^"]+)"', page.read_text())
    assert len(imported) == 6
    assert all(re.search(r"\.[0-9a-f]{12}\.js$", name) and (page.parent / name).exists() for name in imported)


def test_whoever_serves_them_can_read_them(collected):
    assert stat.S_IMODE((collected / "web/base.css").stat().st_mode) == 0o644


def test_the_stylesheet_leaves_room_for_the_words(collected):
    """A text page has 50 kB on the wire in all."""
    assert next((collected / "web").glob("base.*.css.gz")).stat().st_size < 12_000


def test_before_anything_is_collected_names_are_plain(settings, tmp_path):
    settings.STORAGES = STORAGES
    settings.STATIC_ROOT = tmp_path
    assert static("web/base.css") == "/static/web/base.css"


def test_a_package_brings_what_settings_name_and_nothing_else():
    assert "htmx.js" in files()
    assert "flags/FJ.svg" in files()
    assert [name for name in files() if not name.endswith((".js", ".svg", ".map", ".css"))] == []


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/static/vendor/flags/FJ.svg", "max-age=604800, public"),
        ("/static/web/base.css", "max-age=60, public"),
    ],
)
def test_flags_are_kept_for_a_week(url, kept):
    headers = {"Cache-Control": "max-age=60, public"}
    keep_flags_longer(headers, "", url)
    assert headers["Cache-Control"] == kept
