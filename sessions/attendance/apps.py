from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    name = "sessions.attendance"
    label = "attendance"

    def ready(self) -> None:
        # Models must be loaded first.
        from sessions.attendance import panel, receivers  # noqa: F401, PLC0415  receivers connect by being there

        panel.add()
