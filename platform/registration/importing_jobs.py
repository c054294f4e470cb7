"""The background work on lists: trying and importing them, finding who is there twice, writing long exports."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from files.registry import register_guard
from jobs.models import Job
from jobs.registry import register_kind
from registration import export_actions, import_actions, likeness_actions
from registration.job_pages import under_the_desk
from registration.models import Import


def _page_of_import(job: Job) -> str:
    imported = Import.objects.select_related("conference").filter(pk=job.arguments["import"]).first()
    return reverse("registration:import", args=[imported.conference.slug, imported.pk]) if imported else "/"


def _likenesses(job: Job) -> str:
    conference = Conference.objects.filter(pk=job.arguments["conference"]).first()
    return reverse("registration:likenesses", args=[conference.slug]) if conference else "/"


def _file(job: Job) -> str:
    return reverse("files:download", args=[job.result["upload"]]) if job.result.get("upload") else ""


def register() -> None:
    register_guard(import_actions.PURPOSE, import_actions.may_read_list)
    register_guard(export_actions.PURPOSE, export_actions.may_read_export)
    register_kind(import_actions.TRYING, import_actions.try_rows, title=_("Trying a list"), leads_to=_page_of_import)
    register_kind(
        import_actions.IMPORTING, import_actions.import_rows, title=_("Importing people"), leads_to=_page_of_import
    )
    register_kind(
        likeness_actions.FINDING,
        likeness_actions.find_in_background,
        title=_("Looking for people who are there twice"),
        leads_to=_likenesses,
        offers=_("See who may be there twice"),
        frame=under_the_desk("likenesses", _("Who may be there twice")),
    )
    register_kind(
        export_actions.EXPORTING,
        export_actions.export_in_background,
        title=_("Writing an export"),
        leads_to=_file,
        offers=_("Download the applications"),
        frame=under_the_desk("export", _("Export applications")),
    )
