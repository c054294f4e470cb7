from django.contrib import admin
from django.http import HttpRequest

from files.models import PartialUpload, Upload


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


@admin.register(PartialUpload)
class PartialUploadAdmin(admin.ModelAdmin):
    """To look at only, and to see who holds how much."""

    list_display = ["name", "purpose", "offset", "size", "owner", "made_at", "expires_at"]
    list_filter = ["purpose"]
    list_select_related = ["owner"]
    # Who knows it may not use it; it is nobody's business all the same.
    exclude = ["public_id", "key", "metadata"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PartialUpload | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PartialUpload | None = None) -> bool:
        return False
