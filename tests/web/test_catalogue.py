"""Every text is found, keeps its translation, and is refused when it would show wrong or foreign words."""

import gettext
from io import StringIO

import pytest
from babel.messages.catalog import Message
from django.core.management import CommandError, call_command

from web import catalogue

PAGE = """{% load i18n %}<h1>{% translate "Questions" %}</h1>
  <p>{% blocktranslate trimmed with name=person.name %}
       Welcome,
       {{ name }}.
     {% endblocktranslate %}</p>
 {# Translators: votes for one question #}
{% blocktranslate trimmed count counter=votes %}
  {{ counter }} vote
{% plural %}
  {{ counter }} votes
{% endblocktranslate %}
{% translate "May" context "month" %}
"""

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
TITLE = _("A session")
def told(n):
    # Translators: on the desk
    return ngettext("%(count)s waits", "%(count)s wait", n), pgettext("verb", "Open")
"""


@pytest.fixture
def house(tmp_path, settings):
    """A small project with one page and one module, in Arabic and Indonesian."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / "code.py").write_text(CODE)
    settings.ROOT = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    return tmp_path


@pytest.fixture
def alone(monkeypatch):
    """Nothing is borrowed from packages."""
    monkeypatch.setattr(catalogue, "BORROWED", {})


def po(house, language):
    return house / "locale" / language / "LC_MESSAGES" / "django.po"


def translate(house, language, english, *forms):
    """Fills in the translation of `english`, as a translator does with an editor."""
    before = po(house, language).read_text()
    if f'msgid "{english}"\nmsgid_plural' not in before:
        old, new = f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "{"".join(forms)}"'
    else:
        plural = before.split(f'msgid "{english}"\nmsgid_plural ')[1].splitlines()[0]
        old, new = (
            f'msgid "{english}"\nmsgid_plural {plural}\n' + "".join(f'msgstr[{n}] "{form}"\n' for n, form in lines)
            for lines in (enumerate([""] * catalogue.blank(language).num_plurals), enumerate(forms))
        )
    assert old in before
    po(house, language).write_text(before.replace(old, new))


def test_it_finds_texts_in_pages_and_code(house, alone):
    found = {(text.context, text.singular, text.plural) for text in catalogue.own_texts(house).values()}
    assert found == {
        (None, "Questions", None),
        (None, "Welcome, %(name)s.", None),
        (None, "%(counter)s vote", "%(counter)s votes"),
        ("month", "May", None),
        (None, "A session", None),
        (None, "%(count)s waits", "%(count)s wait"),
        ("verb", "Open", None),
    }


def test_a_note_for_translators_goes_with_its_text(house, alone):
    notes = {text.singular: text.notes for text in catalogue.own_texts(house).values() if text.notes}
    assert notes == {
        "%(counter)s vote": ["votes for one question"],
        "%(count)s waits": ["on the desk"],
    }


def test_an_update_keeps_translations_drops_what_is_gone_and_guesses_nothing(house, alone):
    catalogue.update("id")
    translate(house, "id", "Questions", "Pertanyaan")
    translate(house, "id", "A session", "Sidang")
    (house / "sessions" / "code.py").write_text('from x import gettext as _\n_("A sessions")\n')
    catalogue.update("id")
    kept = {message.id: message.string for message in catalogue.kept("id") if message.id}
    assert kept == {
        "A sessions": "",
        "May": "",
        "Questions": "Pertanyaan",
        "Welcome, %(name)s.": "",
        ("%(counter)s vote", "%(counter)s votes"): ("",),
    }
    assert "fuzzy" not in po(house, "id").read_text()


def test_two_updates_in_a_row_write_the_same(house, alone):
    catalogue.update("ar")
    first = po(house, "ar").read_text()
    catalogue.update("ar")
    assert po(house, "ar").read_text() == first
    assert "#: templates/page.html\n" in first
    assert "nplurals=6" in first


def test_a_compiled_catalogue_speaks(house, alone):
    catalogue.update("id")
    translate(house, "id", "%(counter)s vote", "%(counter)s suara")
    made = catalogue.compile_all()
    assert [file.name for file in made] == ["django.mo"]
    told = gettext.translation("django", house / "locale", ["id"])
    assert told.ngettext("%(counter)s vote", "%(counter)s votes", 3) == "%(counter)s suara"


def test_the_check_lists_what_is_untranslated_by_file_and_fails(house, alone, settings):
    settings.LANGUAGES = [("en", "English"), ("id", "Indonesian")]
    catalogue.update("id")
    translate(house, "id", "A session", "Sidang")
    said = StringIO()
    with pytest.raises(CommandError, match="6 texts"):
        call_command("catalogue", "--check", stdout=said)
    assert said.getvalue().splitlines() == [
        "sessions/code.py: id: untranslated: '%(count)s waits'",
        "sessions/code.py: id: untranslated: 'Open'",
        "templates/page.html: id: untranslated: '%(counter)s vote'",
        "templates/page.html: id: untranslated: 'May'",
        "templates/page.html: id: untranslated: 'Questions'",
        "templates/page.html: id: untranslated: 'Welcome, %(name)s.'",
    ]


def test_the_check_refuses_new_and_vanished_texts(house, alone):
    catalogue.update("id")
    (house / "sessions" / "code.py").write_text('_("Fresh")\n')
    stale = {(problem.what, problem.text) for problem in catalogue.problems_of("id") if "manage.py" in problem.what}
    assert stale == {
        ("not in locale/id/LC_MESSAGES/django.po (manage.py catalogue --update)", "Fresh"),
        ("no longer in any file (manage.py catalogue --update)", "A session"),
        ("no longer in any file (manage.py catalogue --update)", "%(count)s waits"),
        ("no longer in any file (manage.py catalogue --update)", "Open"),
    }


@pytest.mark.parametrize(
    ("english", "translation", "plural_forms", "told"),
    [
        ("Ask %(name)s", "Tanya %(name)s", 1, []),
        ("Ask %(name)s", "Tanya", 1, ["lacks %(name)s"]),
        ("Ask %(name)s", "Tanya %(nama)s", 1, ["has %(nama)s, which nobody fills", "lacks %(name)s"]),
        ("Ask {name}", "Tanya {nama}", 1, ["has {nama}, which nobody fills", "lacks {name}"]),
        ("A <b>bold</b> act", "Tindakan <b>berani</b>", 1, []),
        ("A <b>bold</b> act", "Tindakan berani", 1, ["other markup than the text"]),
        (("%(n)s vote", "%(n)s votes"), ("لا", "صوت", "صوتان", "%(n)s", "%(n)s", "%(n)s"), 6, []),
        (("%(n)s vote", "%(n)s votes"), ("لا", "صوت", "صوتان", "%(n)s", "%(n)s", "صوت"), 6, ["lacks %(n)s"]),
        (("%(n)s vote", "%(n)s votes"), ("%(n)s", "%(n)s"), 6, ["needs 6 plural forms"]),
        (("%(n)s vote", "%(n)s votes"), ("", "", "", "", "", ""), 6, ["untranslated"]),
        ("Approve", "", 1, ["untranslated"]),
    ],
)
def test_a_translation_that_would_mislead_is_told(english, translation, plural_forms, told):
    assert list(catalogue.faults(Message(english, translation), plural_forms)) == told


def test_a_fuzzy_translation_is_refused():
    assert list(catalogue.faults(Message("Approve", "Setujui", flags=["fuzzy"]), 1)) == ["marked fuzzy"]


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        ("<p>{% translate 'Hello' %}</p>", []),
        ("<p>Hello {{ name }}</p>", ["Hello"]),
        ('<img alt="A flag" class="flag wide">', ["A flag"]),
        ('<button aria-label="{% translate "Close" %}">×</button>', []),
        ("{% blocktranslate %}Hello{% endblocktranslate %} Sidang · 2", []),
        ("<script src='{% static 'a.js' %}'></script><!-- a note -->{# another #}", []),
        ("{% block page %}narrow{% endblock %}", []),
        ("<p>سؤال</p>", ["سؤال"]),
        (
            '<{% if href %}a href="{{ href }}"{% else %}button type="submit"{% endif %}>×</{% if href %}a{% endif %}>',
            [],
        ),
    ],
)
def test_text_outside_a_translation_is_found(source, bare):
    silent = catalogue.attribute_blocks(['<main class="wide {% block page %}{% endblock %}">'])
    assert catalogue.bare_texts(source, silent=silent) == bare


def test_a_package_lends_only_what_its_own_catalogue_lacks():
    lent = {text.singular for text in catalogue.borrowed_texts("id").values()}
    assert "Finland" in lent, "django_countries has no Indonesian"
    assert "This field is required." not in lent, "Django has"


def test_names_of_countries_come_from_unicode():
    assert catalogue.country_name("Finland", "id") == "Finlandia"
    assert catalogue.country_name("Finland", "ar") == "فنلندا"
    assert catalogue.country_name("Approve", "ar") is None


def test_a_page_with_a_broken_translation_is_named(house, alone):
    (house / "templates" / "broken.html").write_text(
        "{% load i18n %}{% blocktranslate %}{% if %}{% endblocktranslate %}"
    )
    with pytest.raises(SyntaxError, match=r"templates/broken\.html"):
        catalogue.own_texts(house)


def test_the_command_asks_what_to_do():
    with pytest.raises(CommandError, match="--update, --compile or --check"):
        call_command("catalogue")


def test_every_language_of_the_site_has_its_plural_rules():
    """A language that Babel does not know would be compiled with two forms."""
    expected = {"id": 1, "ar": 6}
    assert {code: catalogue.blank(code).num_plurals for code in catalogue.languages()} == expected
