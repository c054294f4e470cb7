from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "sessions.programme"
    label = "programme"

    def ready(self) -> None:
        # Models must be loaded first.
        from sessions.programme import commands, live, receivers  # noqa: F401, PLC0415  receivers connect by being there

        live.register()
        commands.register()
