"""`EVENTS.md` tells all that crosses the wire: what is missing from it, or no longer true, fails here."""

import re
from pathlib import Path

from outbox.registry import announcers, commands, kinds

PAGE = (Path(__file__).parents[2] / "realtime" / "EVENTS.md").read_text()


def test_every_event_is_told():
    declared = {name for announcer in announcers() for name in announcer.events}
    assert declared
    assert {name for name in declared if name not in PAGE} == set()


def test_every_command_is_told_with_its_fields():
    for command in commands():
        line = next((line for line in PAGE.splitlines() if re.match(rf"=> {re.escape(command.name)}\b", line)), "")
        assert line, f"{command.name} is not in EVENTS.md"
        told = set(re.findall(r"\"(\w+)\":", line.split("answered")[0]))
        assert told == set(command.payload.__struct_fields__), command.name


def test_every_topic_is_told():
    assert {kind.pattern for kind in kinds() if f"`{kind.pattern}`" not in PAGE} == set()


def test_no_command_is_told_that_is_not_there():
    told = set(re.findall(r"^=> ([a-z_]+\.[a-z_]+)", PAGE, re.MULTILINE))
    assert told == {command.name for command in commands()}
