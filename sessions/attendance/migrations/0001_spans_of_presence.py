import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("programme", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SessionPresence",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="presence",
                        serialize=False,
                        to="programme.session",
                    ),
                ),
                ("online_now", models.PositiveIntegerField(default=0, verbose_name="online now")),
                ("counted_at", models.DateTimeField(null=True)),
                ("peak", models.PositiveIntegerField(default=0, verbose_name="most at once")),
                ("peak_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "number present",
                "verbose_name_plural": "numbers present",
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        choices=[("online", "online"), ("in_room", "in the room")], max_length=10, verbose_name="how"
                    ),
                ),
                ("from_at", models.DateTimeField(verbose_name="present from")),
                ("to_at", models.DateTimeField(verbose_name="present until")),
                ("is_latest", models.BooleanField(default=True)),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendances",
                        to="programme.session",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendances",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "presence",
                "verbose_name_plural": "presences",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("to_at__gte", models.F("from_at"))), name="presence_ends_after_it_begins"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("how__in", ["online", "in_room"])), name="presence_is_online_or_in_the_room"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_latest", True)),
                        fields=("session", "user", "how"),
                        name="one_latest_presence_of_a_kind",
                    ),
                    models.UniqueConstraint(fields=("session", "user", "how", "from_at"), name="presence_begins_once"),
                ],
            },
        ),
    ]
