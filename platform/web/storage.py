"""Static files under names that hold a hash of their content, so that a browser keeps them for ever."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    # Scripts import each other by relative path; those paths get the hash too.
    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        """The hashed name; the plain one where nothing was collected (tests render pages without collecting)."""
        return super().stored_name(name) if self.hashed_files else name
