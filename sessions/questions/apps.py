from django.apps import AppConfig


class QuestionsConfig(AppConfig):
    name = "sessions.questions"
    label = "questions"

    def ready(self) -> None:
        # Models must be loaded first.
        from sessions.questions import commands, live  # noqa: PLC0415

        live.register()
        commands.register()
