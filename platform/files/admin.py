from django.contrib import admin
from django.http import HttpRequest

from files.models import Upload


@admin.register(Upload)
class UploadAdmin(admin.ModelAdmin):
    """To look at only: the pages that need files take them in."""

    list_display = ["name", "purpose", "content_type", "size", "owner", "made_at"]
    list_filter = ["purpose", "content_type"]
    list_select_related = ["owner"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:
        return False
