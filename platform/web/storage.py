"""Static files under names that hold a hash of their content, so that a browser keeps them for ever."""

import re
from typing import Any

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    # Uploads are for this process alone (FILE_UPLOAD_PERMISSIONS); these are for nginx too.
    file_permissions_mode = 0o644
    # Scripts import each other by relative path; those paths get the hash too.
    support_js_module_import_aggregation = True

    def url_converter(self, name: str, hashed_files: Any, template: str | None = None) -> Any:
        """Packages name source maps, ten times their own size; we serve none, so the name stays as it is."""
        convert = super().url_converter(name, hashed_files, template)

        def leave_maps(found: re.Match[str]) -> str:
            return found[0] if "sourceMappingURL" in found[0] else str(convert(found))

        return leave_maps

    def stored_name(self, name: str) -> str:
        """The hashed name; the plain one where nothing was collected (tests render pages without collecting)."""
        return super().stored_name(name) if self.hashed_files else name
