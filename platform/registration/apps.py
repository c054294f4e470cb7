from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "registration"

    def ready(self) -> None:
        # Models must be loaded first.
        from files.registry import register_guard  # noqa: PLC0415
        from registration import live, live_help, papers, receivers, rules  # noqa: F401, PLC0415  receivers connect by being there

        live.register()
        live_help.register()
        register_guard(papers.PURPOSE, rules.may_read_paper)
