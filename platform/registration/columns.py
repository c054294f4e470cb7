"""What the columns of a list mean, in the words that people write above them, and a row as somebody's application."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import uuid5

from babel import Locale
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from conferences.models import Delegation, Rank
from conferences.texts import in_each_language, in_languages
from outbox.errors import Words
from registration.answers import Given, asked, name_of
from registration.importing import Row
from registration.models import Attendance, Category, Field, FieldKind, Import
from registration.wishes import Facts, Wish

# What a column may mean beside the fields of the form, as the mapping's form calls it.
MEANINGS: dict[str, Words] = {
    "name": _("Name"),
    "family_name": _("Family name, where it has a column of its own"),
    "email": _("E-mail"),
    "honorific": _("Title"),
    "function": _("Function"),
    "organisation": _("Organisation"),
    "delegation": _("Delegation"),
    "attendance": _("In the room or online"),
    "rank": _("Rank"),
    "language": _("Language"),
    "is_listed": _("In the list of participants"),
}
# The heading under which our own files say what is wrong with a row; read again it is passed over.
WHAT_IS_WRONG = _("What is wrong")
# How such columns are headed in lists of ministries and conferences, in their languages.
HEADINGS: dict[str, str] = {
    "name": "name, full name, names, participant, participant name, name of participant, first name, given name, "
    "given names, forename, nom complet, nom et prénom, prénom, nombre, nombre completo, nombre y apellidos, nome, "
    "nama, nama lengkap, nama depan, nama peserta, الاسم, الاسم الكامل, имя, фио, полное имя, "
    "姓名, 名字, 氏名, 성명, 이름, ชื่อ, họ và tên, tên, នាម, नाम",
    "family_name": "family name, last name, surname, family names, nom de famille, apellido, apellidos, sobrenome, "
    "nama belakang, nama keluarga, اسم العائلة, اللقب, фамилия, 姓, 姓氏, 성, นามสกุล, họ",
    "email": "email, e mail, mail, email address, e mail address, mail address, courriel, adresse e mail, "
    "adresse électronique, adresse de courriel, correo, correo electrónico, endereço de e mail, surel, alamat email, "
    "alamat surel, البريد الإلكتروني, البريد الالكتروني, почта, "
    "электронная почта, эл почта, 邮箱, 电子邮件, 電子郵件, メール, メールアドレス, 이메일, อีเมล, thư điện tử",
    "honorific": "title, honorific, salutation, mr ms, prefix, civilité, titre, tratamiento, título, gelar, sapaan, "
    "اللقب الرسمي, обращение, 称谓, 敬称, 호칭, คำนำหน้า, danh xưng",
    "function": "function, position, job title, role, designation, post, fonction, poste, qualité, cargo, función, "
    "puesto, jabatan, المنصب, الوظيفة, должность, 职务, 職務, 役職, 직위, ตำแหน่ง, chức vụ",
    "organisation": "organisation, organization, institution, ministry, affiliation, company, employer, organisme, "
    "ministère, organización, institución, ministerio, organização, organisasi, instansi, lembaga, kementerian, "
    "المنظمة, المؤسسة, الجهة, организация, учреждение, 单位, 机构, 組織, 기관, หน่วยงาน, tổ chức, cơ quan",
    "delegation": "delegation, country, state, member state, country or organisation, délégation, pays, état, "
    "delegación, país, delegação, delegasi, negara, الوفد, الدولة, البلد, делегация, страна, "
    "代表团, 国家, 代表団, 国, 대표단, 국가, คณะผู้แทน, ประเทศ, đoàn, quốc gia, nước",
    "attendance": "attendance, mode, participation, in person or online, in the room or online, mode de participation, "
    "présence, modalidad, asistencia, kehadiran, الحضور, участие, 参会方式, 参加方法, 참석 방식",
    "rank": "rank, level, protocol rank, rang, niveau, rango, nivel, tingkat, peringkat, الرتبة, ранг, 级别",
    "language": "language, preferred language, langue, idioma, bahasa, اللغة, язык, 语言, 言語, 언어, ภาษา, ngôn ngữ",
    "is_listed": "in the list of participants, listed, list of participants, consent to the list, publish",
}
ATTENDANCES: dict[str, str] = {
    Attendance.IN_ROOM: "in room, in the room, in person, onsite, on site, physical, venue, présentiel, sur place, "
    "presencial, luring, di tempat, حضوري, очно, 现场, 線下, 线下, 現地",
    Attendance.ONLINE: "online, on line, virtual, virtually, remote, en ligne, à distance, distanciel, en línea, "
    "virtuel, daring, عن بعد, عبر الإنترنت, онлайн, дистанционно, 线上, 線上, オンライン, 온라인",
}
YES_WORDS = "yes, y, true, 1, x, oui, sí, si, sim, ya, iya, نعم, да, 是, はい, 예, ใช่, có, ✓, ✔"
NO_WORDS = "no, n, false, 0, non, não, nao, tidak, لا, нет, 否, いいえ, 아니요, ไม่, không"
PASSPORTS = (
    "passport", "passeport", "pasaporte", "passaporte", "paspor", "جواز", "паспорт", "护照", "護照", "여권", "hộ chiếu",
)  # fmt: skip
# By which names lists call countries that their official short names do not hold.
ALSO_CALLED: dict[str, str] = {
    "CD": "drc, dr congo",
    "CI": "ivory coast",
    "CZ": "czech republic",
    "GB": "uk, great britain, united kingdom of great britain and northern ireland, england",
    "KP": "dprk, north korea, democratic people s republic of korea",
    "KR": "republic of korea, rok, south korea, korea",
    "LA": "lao pdr, lao people s democratic republic",
    "TL": "timor leste, east timor",
    "TR": "türkiye, turkey, turkiye",
    "US": "usa, us, united states, united states of america",
    "VN": "viet nam, vietnam",
}
# Each language's countries are read once from Babel: those of the site and those that lists are often written in.
LANGUAGES_OF_LISTS = ("en", "fr", "es", "pt", "id", "ms", "ar", "ru", "zh", "ja", "ko", "vi", "th")


def fold(words: str) -> str:
    """For comparing only: no case, accents or punctuation, one blank between words."""
    plain = unicodedata.normalize("NFKD", words.casefold())
    kept = "".join(char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    # Signs that are neither letters nor numbers are all that some marks are made of.
    return " ".join(kept.split()) or plain.strip()


def fold_place(words: str) -> str:
    """As `fold`, of a country or an organisation: "the Republic of Fiji" is called like "Republic of Fiji"."""
    return fold(words).removeprefix("the ")


def _each(words: str) -> Iterator[str]:
    return (fold(one) for one in words.split(","))


def meanings_of(category: Category, *, for_delegation: bool = False) -> dict[str, Words]:
    """What a column of a list for this category may mean, by key, as the form of the columns calls it.

    In a list that is `for_delegation` no row says for which it comes: a column that names countries is left alone.
    """
    meanings = {**MEANINGS, **{name_of(field): str(field.label) for field in _fields_of_lists(category)}}
    return {key: words for key, words in meanings.items() if not (for_delegation and key == "delegation")}


def _fields_of_lists(category: Category) -> list[Field]:
    return [field for field in asked(category) if not field.is_given_in_person]


def guess_columns(headings: Sequence[str], category: Category) -> dict[str, int]:
    """By meaning, the number of the column whose heading says so; the fields of the form come first."""
    known = {word: key for key, words in HEADINGS.items() for word in _each(words)}
    known |= {fold(label): key for key, words in MEANINGS.items() for label in _in_all_languages(words)}
    for field in _fields_of_lists(category):
        known |= {fold(label): name_of(field) for label in in_languages(field.label).values()}
    columns: dict[str, int] = {}
    for number, heading in enumerate(headings):
        # Many add in brackets how it is to be written.
        for words in (heading, heading.partition("(")[0]):
            key = known.get(fold(words))
            if key is not None and key not in columns:
                columns[key] = number
                break
    return columns


def guess_passport(category: Category) -> Field | None:
    """The field that asks for a passport's number, by its question."""
    for field in asked(category):
        labels = [label.casefold() for label in in_languages(field.label).values()]
        if field.kind == FieldKind.TEXT and any(sign in label for sign in PASSPORTS for label in labels):
            return field
    return None


def _in_all_languages(words: Words) -> list[str]:
    if not isinstance(words, Promise):
        return [words]
    return list(in_each_language(lambda _language: str(words)).values())


@cache
def countries_by_name() -> dict[str, str]:
    """ISO codes by what countries are called in many languages, folded, and by their codes of two and three letters."""
    known: dict[str, str] = {}
    for language in LANGUAGES_OF_LISTS:
        names = Locale.parse(language).territories
        known |= {fold_place(names[country.code]): country.code for country in countries if country.code in names}
    for country in countries:
        for name in (country.name, country.code, countries.alpha3(country.code)):
            known[fold_place(name)] = country.code
    known |= {name: code for code, names in ALSO_CALLED.items() for name in _each(names)}
    return known


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as an application, and what in it cannot be understood, by the meaning of the column."""

    row: Row
    wish: Wish
    problems: Mapping[str, Words]

    @property
    def number(self) -> int:
        return self.row.number


class Reading:
    """How the rows of one import are understood: everything that they are compared with is read once."""

    def __init__(self, imported: Import) -> None:
        self.imported = imported
        self.columns: dict[str, int] = imported.columns
        self._fields = [field for field in _fields_of_lists(imported.category) if name_of(field) in self.columns]
        self._choices = {field.pk: _words_of_choices(field) for field in self._fields}
        self._delegations = _delegations_by_name(imported.conference.delegations.all())
        self._ranks = {fold(label): rank for rank in Rank for label in _in_all_languages(rank.label)}
        self._ranks |= {str(rank.value): rank for rank in Rank}
        self._attendances = {word: key for key, words in ATTENDANCES.items() for word in _each(words)}
        self._attendances |= {fold(value): value for value in Attendance.values}
        self._attendances |= {fold(label): each.value for each in Attendance for label in _in_all_languages(each.label)}
        self._languages = _languages_by_name()
        self._yes, self._no = set(_each(YES_WORDS)), set(_each(NO_WORDS))

    def read(self, row: Row) -> ReadRow:
        problems = {key: row.problems[column] for key, column in self.columns.items() if column in row.problems}

        def words_of(key: str) -> str:
            column = self.columns.get(key)
            return "" if column is None else row.cell(column)

        def known(
            key: str, among: Mapping[str, object], otherwise: Words, folded: Callable[[str], str] = fold
        ) -> object | None:
            """What the cell means, None where it is empty or means nothing here."""
            if not (words := words_of(key)):
                return None
            if (found := among.get(folded(words))) is None:
                problems.setdefault(key, otherwise)
            return found

        delegation = known(
            "delegation", self._delegations, _("No delegation of this conference is called so."), fold_place
        )
        rank = known("rank", self._ranks, _("There is no such rank."))
        language = known("language", self._languages, _("Letters are not written in this language. Leave it empty."))
        attendance = known("attendance", self._attendances, _("Write “in the room” or “online”."))
        facts = Facts(
            name=" ".join(words for key in ("name", "family_name") if (words := words_of(key))),
            email=words_of("email"),
            language=str(language or ""),
            honorific=words_of("honorific"),
            function=words_of("function"),
            organisation=words_of("organisation"),
            rank=int(rank) if isinstance(rank, int) else Rank.NONE,
            is_listed=self._is_yes("is_listed", words_of("is_listed"), problems),
        )
        answers = [Given(field.pk, self._answer(field, words_of(name_of(field)))) for field in self._fields]
        if self.imported.delegation_id is not None:
            delegation = self.imported.delegation_id
        wish = Wish(
            category_id=self.imported.category_id,
            facts=facts,
            submit_key=uuid5(self.imported.secret, f"import {self.imported.pk} row {row.number}"),
            attendance=str(attendance or self.imported.attendance),
            delegation_id=delegation if isinstance(delegation, int) else None,
            answers=answers,
        )
        return ReadRow(row, wish, problems)

    def _answer(self, field: Field, words: str) -> str:
        match field.kind:
            case FieldKind.CHOICE:
                return self._choices[field.pk].get(fold(words), words)
            case FieldKind.COUNTRY:
                return countries_by_name().get(fold_place(words), words) if words else ""
            case _:
                return words

    def _is_yes(self, key: str, words: str, problems: dict[str, Words]) -> bool:
        folded = fold(words)
        if folded and folded not in self._yes and folded not in self._no:
            problems.setdefault(key, _("Write “yes” or “no”."))
        return folded in self._yes


def _words_of_choices(field: Field) -> dict[str, str]:
    known = {}
    for choice in field.choices:
        for words in (*choice["words"].values(), choice["key"]):
            known[fold(words)] = choice["key"]
    return known


def _delegations_by_name(delegations: Iterable[Delegation]) -> dict[str, int]:
    """Numbers of delegations by their protocol names in each language and, of a country, by whatever it is called."""
    known: dict[str, int] = {}
    named: dict[str, int] = {}
    of_country = {str(delegation.country): delegation.pk for delegation in delegations if delegation.country}
    known |= {name: of_country[code] for name, code in countries_by_name().items() if code in of_country}
    for delegation in delegations:
        named |= {fold_place(name): delegation.pk for name in in_languages(delegation.name).values()}
    return {**known, **named}


def _languages_by_name() -> dict[str, str]:
    known: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        names = [Locale.parse(language).languages.get(code, code) for language in LANGUAGES_OF_LISTS]
        known |= {fold(name): code for name in (code, *names, Locale.parse(code).languages.get(code, code))}
    return known
