"""Lists: people who come as a file and leave as one, who may be there twice, and the list of participants."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.models import Conference, Delegation
from conferences.queries import conference_at, delegations_of
from outbox.errors import Invalid, NotThere, Refusal, WrongMove
from registration import export_actions, import_actions, likeness_actions
from registration.columns import meanings_of
from registration.delegations import categories_for
from registration.desk import conference_to_decide
from registration.exporting import CONTENT_TYPES, FORMATS, as_csv, write_workbook
from registration.forms.lists import ColumnsForm, FindForm, ListForm
from registration.forms.secretariat import FilterForm
from registration.importing import FALLBACK, Table
from registration.likeness import MOST_PAIRS, Cluster
from registration.models import Application, Import
from registration.participants import as_pdf, conference_with_list, grouped, is_public, listed
from registration.problems import in_words
from registration.rules import may_decide, may_import
from registration.views.delegations import delegation_at
from registration.views.pages import conference_page
from web.posted import form_page, status_of, whole_number

PROBLEMS_A_PAGE = 100
LIKENESSES_A_PAGE = 30
PARTICIPANTS_A_PAGE = 500
# Rows shown as they are read, so that somebody sees whether the columns and the letters are right.
SHOWN_ROWS = 5


# Import


@form_page
def imports(request: HttpRequest, slug: str) -> HttpResponse:
    """The lists that were handed in, with the form for another one."""
    conference = conference_to_decide(slug, request.user)
    categories = list(conference.categories.all())
    form = ListForm(request.POST or None, request.FILES or None, categories=categories)
    if (imported := _taken_in(request, conference, form)) is not None:
        return redirect("registration:import_columns", slug, imported.pk)
    return conference_page(
        request,
        "registration/imports.html",
        conference,
        status=status_of(form),
        form=form,
        has_categories=bool(categories),
        imports=_imports(conference),
    )


def _taken_in(
    request: HttpRequest, conference: Conference, form: ListForm, delegation: Delegation | None = None
) -> Import | None:
    """The list that was handed in; None where none was, or where the form says why it could not be taken."""
    if not form.is_valid():
        return None
    try:
        return import_actions.take_in_list(
            conference.pk,
            category_id=form.cleaned_data["category"],
            attendance=form.cleaned_data["attendance"],
            file=form.cleaned_data["file"],
            delegation_id=delegation.pk if delegation else None,
            by=request.user,
        )
    except (Invalid, WrongMove) as refusal:
        form.mark(refusal)
        return None


def _imports(conference: Conference) -> QuerySet[Import]:
    return conference.imports.select_related("category", "delegation", "upload", "job", "made_by").order_by("-pk")


def _import(request: HttpRequest, slug: str, import_id: int) -> tuple[Conference, Import]:
    """The list and its conference, for the secretariat and for the delegation that handed it in.

    For everybody else it is as if the page were the secretariat's alone. Raises NotThere, SignInFirst, NotAllowed.
    """
    conference = conference_at(slug)
    found = _imports(conference).select_related("conference", "category__conference", "passport")
    imported = found.filter(pk=import_id).first()
    if imported is None or not may_import(request.user, imported):
        conference_to_decide(slug, request.user)
        raise NotThere
    return conference, imported


@form_page
def delegation_list(request: HttpRequest, slug: str, delegation_id: int) -> HttpResponse:
    """A list of a delegation's members, handed in by its focal point, with those that were handed in before."""
    delegation = delegation_at(request, slug, delegation_id)
    conference = delegation.conference
    form = ListForm(request.POST or None, request.FILES or None, categories=list(categories_for(delegation)))
    if (imported := _taken_in(request, conference, form, delegation)) is not None:
        return redirect("registration:import_columns", slug, imported.pk)
    return conference_page(
        request,
        "registration/delegation_list.html",
        conference,
        status=status_of(form),
        delegation=delegation,
        form=form,
        imports=_imports(conference).filter(delegation=delegation),
    )


@form_page
def import_columns(request: HttpRequest, slug: str, import_id: int) -> HttpResponse:
    """Which column means what, with the first rows as they are read; then the list is tried."""
    conference, imported = _import(request, slug, import_id)
    if imported.started_at is not None:
        return redirect("registration:import", slug, imported.pk)
    if imported.encoding and request.POST.get("encoding"):
        imported.encoding = request.POST["encoding"]
    problem = ""
    table = Table([], [], is_workbook=False)
    try:
        table = import_actions.table_of(imported)
    except Invalid as refusal:
        problem = " ".join(str(words) for words in refusal.fields.values())
        imported.encoding = FALLBACK
        table = import_actions.table_of(imported)
    # "Look again" only shows the names in another encoding.
    looks_again = "look" in request.POST
    form = ColumnsForm(request.POST or None, imported=imported, headings=table.headings)
    if problem:
        form.is_valid()
        form.add_error("encoding", problem)
    elif form.is_valid() and not looks_again:
        try:
            import_actions.try_import(
                imported.pk,
                columns=form.columns(),
                encoding=form.cleaned_data.get("encoding", ""),
                passport_id=form.cleaned_data.get("passport"),
                by=request.user,
            )
        except Refusal as refusal:
            form.mark(refusal)
        else:
            return redirect("registration:import", slug, imported.pk)
    return conference_page(
        request,
        "registration/import_columns.html",
        conference,
        status=200 if looks_again else status_of(form),
        form=form,
        imported=imported,
        headings=table.headings,
        rows=[
            (row.number, [row.cell(column) for column in range(len(table.headings))]) for row in table.rows[:SHOWN_ROWS]
        ],
    )


@never_cache
@require_safe
def import_(request: HttpRequest, slug: str, import_id: int) -> HttpResponse:
    """How far a list is, and what is wrong with which row."""
    conference, imported = _import(request, slug, import_id)
    labels = meanings_of(imported.category)
    page = Paginator(imported.problems, PROBLEMS_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = [
        {**problem, "label": labels.get(problem["column"], ""), "words": in_words(problem)} for problem in page
    ]
    return conference_page(
        request,
        "registration/import.html",
        conference,
        imported=imported,
        job=imported.job,
        good_count=imported.row_count - imported.failed_count,
        decides=may_decide(request.user, conference),
        problem_count=len(imported.problems),
        problems=page,
    )


@require_POST
def start_import(request: HttpRequest, slug: str, import_id: int) -> HttpResponse:
    _conference, imported = _import(request, slug, import_id)
    try:
        import_actions.start_import(imported.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    return redirect("registration:import", slug, imported.pk)


@require_POST
def discard_import(request: HttpRequest, slug: str, import_id: int) -> HttpResponse:
    _conference, imported = _import(request, slug, import_id)
    try:
        import_actions.discard_import(imported.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
        return redirect("registration:import", slug, import_id)
    messages.success(request, _("The list is forgotten. Who was imported from it stays."))
    if imported.delegation_id is not None:
        return redirect("registration:delegation_list", slug, imported.delegation_id)
    return redirect("registration:imports", slug)


@never_cache
@require_safe
def import_errors(request: HttpRequest, slug: str, import_id: int) -> HttpResponse:
    """The rows that something is wrong with, as a file of the same columns, to be corrected and imported again."""
    _conference, imported = _import(request, slug, import_id)
    table = import_actions.table_of(imported)
    rows = import_actions.wrong_rows(imported, table)
    stem = imported.upload.name.rpartition(".")[0] or imported.upload.name
    if not table.is_workbook:
        content = b"".join(as_csv(rows, delimiter=table.delimiter))
        return _as_file(content, f"{stem}-{_('to correct')}.csv", "csv")
    into = BytesIO()
    write_workbook(rows, into, title=_("To correct"))
    return _as_file(into.getvalue(), f"{stem}-{_('to correct')}.xlsx", "xlsx")


def _as_file(content: bytes, name: str, format_: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPES[format_])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


# Export


@require_safe
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """What to export."""
    conference = conference_to_decide(slug, request.user)
    return conference_page(
        request, "registration/export.html", conference, filters=_filters(request.GET, conference), formats=FORMATS
    )


@require_POST
def start_export(request: HttpRequest, slug: str) -> HttpResponse:
    """The file itself where it is short, or the page of the job that writes it."""
    conference = conference_to_decide(slug, request.user)
    wanted, format_ = _filters(request.POST, conference).wanted(), request.POST.get("format", "")
    content = export_actions.export_now(conference, wanted, format_, by=request.user)
    if content is None:
        return redirect(export_actions.start_export(conference, wanted, format_, by=request.user))
    return _as_file(content, export_actions.file_name(conference, format_), format_)


def _filters(data: Any, conference: Conference) -> FilterForm:
    return FilterForm(data, categories=list(conference.categories.all()), delegations=list(delegations_of(conference)))


# Who may be there twice


@require_safe
def likenesses(request: HttpRequest, slug: str) -> HttpResponse:
    conference = conference_to_decide(slug, request.user)
    found = likeness_actions.open_clusters(conference)
    page = Paginator(found, LIKENESSES_A_PAGE).get_page(request.GET.get("page"))
    numbers = [number for cluster in page for number in cluster.numbers]
    people = Application.objects.select_related("category", "delegation").in_bulk(numbers)
    return conference_page(
        request,
        "registration/likenesses.html",
        conference,
        clusters=page,
        shown=[Alike(cluster, [people[number] for number in cluster.numbers]) for cluster in page],
        is_cut=likeness_actions.is_cut(conference),
        most_pairs=MOST_PAIRS,
    )


@dataclass(frozen=True, slots=True)
class Alike:
    """A cluster as its page shows it, with the applications of all in it."""

    cluster: Cluster
    people: list[Application]

    @property
    def pk(self) -> int:
        """By which of its pairs it is decided on."""
        return self.cluster.ties[0].key

    @property
    def signs(self) -> list[str]:
        """By what they are alike, the surest first."""
        return list(dict.fromkeys("close" if tie.rank == 1 else tie.why for tie in self.cluster.ties))

    @property
    def sides(self) -> list[tuple[Application, list[Application]]]:
        """Each of them with the others."""
        return [(one, [other for other in self.people if other is not one]) for one in self.people]


@require_POST
def find_likenesses(request: HttpRequest, slug: str) -> HttpResponse:
    conference = conference_to_decide(slug, request.user)
    return redirect(likeness_actions.find_likenesses(conference.pk, by=request.user))


@require_POST
def decide_likeness(request: HttpRequest, slug: str, likeness_id: int) -> HttpResponse:
    """They are different people; or one, and the button says which application is kept: that is asked once more."""
    conference = conference_to_decide(slug, request.user)
    clusters = likeness_actions.open_clusters(conference)
    cluster = next((one for one in clusters if any(tie.key == likeness_id for tie in one.ties)), None)
    if cluster is None:
        messages.info(request, _("Somebody decided on these already."))
        return redirect("registration:likenesses", slug)
    keep = whole_number(request.POST.get("keep"))
    ticked = {number for text in request.POST.getlist("one") if (number := whole_number(text))}
    others = [number for number in cluster.numbers if number != keep and number in ticked]
    try:
        if keep and not ("sure" in request.POST and others):
            return _ask_who_is_one(request, conference, cluster, keep)
        if keep:
            kept = likeness_actions.merge_cluster(conference.pk, keep=keep, others=others, by=request.user)
            told = ngettext(
                "They are one: %(name)s stays, the other is withdrawn.",
                "They are one: %(name)s stays, the others are withdrawn.",
                len(others),
            )
            messages.success(request, told % {"name": kept.name})
        else:
            likeness_actions.say_they_are_different([tie.key for tie in cluster.ties], by=request.user)
            messages.success(request, _("They are different people, and are not shown again."))
    except NotThere:
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    return redirect("registration:likenesses", slug)


def _ask_who_is_one(request: HttpRequest, conference: Conference, cluster: Cluster, keep: int) -> HttpResponse:
    """Where no dialog asked: who stays, who is withdrawn, and what that means."""
    if keep not in cluster.numbers:
        raise NotThere
    people = Application.objects.select_related("category", "delegation").in_bulk(cluster.numbers)
    kept, alike = people[keep], Alike(cluster, [people[number] for number in cluster.numbers])
    others = [one for one in alike.people if one.pk != keep]
    return conference_page(
        request, "registration/likeness_sure.html", conference, kept=kept, others=others, alike=alike
    )


# The list of participants


@require_safe
def participants(request: HttpRequest, slug: str) -> HttpResponse:
    """Who takes part and agreed to be named, by delegation in protocol order."""
    conference = conference_with_list(slug, request.user)
    form = FindForm(request.GET)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    found = listed(conference, words)
    page = Paginator(_in_order(conference, found), PARTICIPANTS_A_PAGE).get_page(request.GET.get("page"))
    return conference_page(
        request,
        "registration/participants.html",
        conference,
        form=form,
        words=words,
        people=page,
        groups=grouped(conference, page),
        is_public=is_public(conference),
        may_decide=may_decide(request.user, conference),
    )


def _in_order(conference: Conference, people: QuerySet[Application]) -> list[Application]:
    return [person for group in grouped(conference, people) for person in group.people]


@require_safe
def participants_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The same list for paper."""
    conference = conference_with_list(slug, request.user)
    response = HttpResponse(as_pdf(conference, grouped(conference, listed(conference))), content_type="application/pdf")
    name = f"{conference.slug}-{_('participants')}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    response["Cache-Control"] = "private, no-cache"
    return response
