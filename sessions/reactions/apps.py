from django.apps import AppConfig


class ReactionsConfig(AppConfig):
    name = "sessions.reactions"
    label = "reactions"

    def ready(self) -> None:
        # Models must be loaded first.
        from sessions.reactions import commands, live, panel  # noqa: PLC0415

        live.register()
        commands.register()
        panel.add()
