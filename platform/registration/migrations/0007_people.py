import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("registration", "0006_forgetting")]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="application",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="registration.application",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="focal_point",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="registration.focalpoint",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("mailing", "focal_point"), name="one_copy_a_focal_point"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=Q(application=None) ^ Q(focal_point=None), name="copy_of_one_reader"
            ),
        ),
    ]
