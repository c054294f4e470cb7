from django.apps import AppConfig


class ConferencesConfig(AppConfig):
    name = "conferences"

    def ready(self) -> None:
        # Models must be loaded first.
        from conferences import population  # noqa: PLC0415

        population.register()
