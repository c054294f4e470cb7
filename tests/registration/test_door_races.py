"""Devices tell at the same moment: a badge that several read was passed once, and what is sent twice is one row."""

from uuid import uuid4

import pytest
from django.db import connection

from registration.door import add_gate, enrol_device, invite_device
from registration.models import Device, Scan

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

AT_ONCE = 4 if connection.vendor == "sqlite" else 16


@pytest.fixture
def devices(conference, olga) -> list[Device]:
    gate = add_gate(conference.pk, name="North", by=olga)
    return [enrol_device(invite_device(gate.pk, name=f"Phone {number}", by=olga)[1])[0] for number in range(AT_ONCE)]


def test_one_badge_at_many_devices_passes_once(racers, devices, apply, public):
    ana = apply(public, "Ana")
    jobs = [
        {
            "do": "scan",
            "with": {"device": device.pk, "application": ana.pk, "at": f"2021-11-16T09:00:{second:02}+00:00"},
        }
        for second, device in enumerate(devices)
    ]
    went = racers.race(jobs)
    assert not [how for how in went if "error" in how]
    # Whoever told first, the one that read first let her in.
    outcomes = list(Scan.objects.order_by("at").values_list("outcome", flat=True))
    assert outcomes == ["passed", *["again"] * (AT_ONCE - 1)]


@pytest.mark.parametrize("known", [True, False])
def test_one_scan_that_is_sent_by_many_connections_is_one_row_and_one_answer(racers, devices, apply, public, known):
    person = apply(public, "Ana").pk if known else 0
    nonce = str(uuid4())
    job = {"do": "scan", "with": {"device": devices[0].pk, "application": person, "nonce": nonce}}
    went = racers.race([job] * AT_ONCE)
    assert set(went) == {"passed" if known else "unknown"}
    assert Scan.objects.count() == 1
