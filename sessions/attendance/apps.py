from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    name = "sessions.attendance"
    label = "attendance"

    def ready(self) -> None:
        # Models must be loaded first; receivers connect by being there.
        from sessions.attendance import certified, panel, receivers  # noqa: F401, PLC0415

        panel.add()
        certified.register()
