from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "registration"

    def ready(self) -> None:
        # Models must be loaded first.
        from registration import live  # noqa: PLC0415

        live.register()
