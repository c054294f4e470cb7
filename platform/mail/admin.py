from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mail.actions import try_again
from mail.models import OutgoingMail

SHOWN = (
    "to",
    "from_address",
    "subject",
    "state",
    "attempts",
    "last_error",
    "made_at",
    "next_try_at",
    "sent_at",
    "bounced_at",
    "bounce_words",
)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(admin.ModelAdmin):
    """To whom, about what, and whether it went; never the words, which may hold a code."""

    list_display = ["subject", "to", "state", "attempts", "made_at", "sent_at", "last_error", "bounced_at"]
    list_filter = ["state"]
    search_fields = ["subject", "to"]
    fields = SHOWN
    readonly_fields = SHOWN
    actions = ["send_failed_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=_("Try failed mails again"), permissions=["change"])
    def send_failed_again(self, request: HttpRequest, mails: QuerySet[OutgoingMail]) -> None:
        for mail in mails:
            try_again(mail.pk)
