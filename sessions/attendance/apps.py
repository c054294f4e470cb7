from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    name = "sessions.attendance"
    label = "attendance"

    def ready(self) -> None:
        # Models must be loaded first.
        from sessions.attendance import panel  # noqa: PLC0415

        panel.add()
