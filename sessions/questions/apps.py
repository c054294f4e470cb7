from django.apps import AppConfig


class QuestionsConfig(AppConfig):
    name = "sessions.questions"
    label = "questions"

    def ready(self) -> None:
        # Models must be loaded first.
        from sessions.programme.panels import PANELS, Panel  # noqa: PLC0415
        from sessions.questions import commands, live, receivers  # noqa: F401, PLC0415  receivers connect by being there
        from sessions.questions.views import floor  # noqa: PLC0415

        live.register()
        commands.register()
        PANELS.register(
            Panel(
                name="questions",
                template="questions/_panel.html",
                context=floor.panel,
                topics=floor.topics,
                position="aside",
                styles=("questions/panel.css",),
                scripts=("questions/panel.js",),
            )
        )
