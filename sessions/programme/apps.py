from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "sessions.programme"
    label = "programme"

    def ready(self) -> None:
        # Models must be loaded first.
        from sessions.programme import commands, live  # noqa: PLC0415

        live.register()
        commands.register()
