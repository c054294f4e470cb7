"""`./test` itself: what goes on beside each other is counted, named where it fails, and ended together."""

import sys
import threading
from contextlib import contextmanager, nullcontext

import pytest

from config import testing
from config.installation import Refused
from config.testing import Check, Run, Tally, counted, go_beside

SETTINGS = "[pytest]\nfilterwarnings = error\n"


@pytest.fixture(autouse=True)
def on_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(testing, "WORK", tmp_path)
    monkeypatch.setattr(testing, "PROGRAMS", testing.Programs())
    (tmp_path / "pytest.ini").write_text(SETTINGS)


@pytest.fixture
def run(tmp_path):
    """`run(name, source)` is a run of the tests in that source, by themselves."""

    def made(name: str, source: str, place=None) -> Run:
        file = tmp_path / f"test_{name}.py"
        file.write_text(source)
        words = [
            "-c",
            str(tmp_path / "pytest.ini"),
            "-p",
            "no:cacheprovider",
            "-p",
            "no:django",
            "-p",
            "no:asyncio",
            str(file),
        ]
        return Run(name, words, place or (lambda: nullcontext(testing.base_env(name))))

    return made


def test_runs_beside_each_other_are_added_up_and_what_failed_is_named(run, capsys):
    tally = Tally()
    good = run("good", "def test_one(): pass\ndef test_two(): pass\n")
    bad = run("bad", "import pytest\ndef test_right(): pass\ndef test_wrong(): assert 0, 'so it is'\n")
    go_beside(tally, [good, bad])
    assert (tally.passed, tally.failed, tally.skipped) == (3, 1, 0)
    ((name, tests),) = tally.failures.items()
    assert name == "bad"
    assert len(tests) == 1
    name, why = tests[0].splitlines()
    assert name.endswith("test_bad::test_wrong")
    assert why.strip().startswith("AssertionError: so it is")
    said = capsys.readouterr().out
    assert "so it is" in said
    assert "[100%]" in said


def test_a_run_that_ends_before_it_counted_anything_has_failed(run):
    tally = Tally()
    go_beside(tally, [run("broken", "import nothing_of_this_name\n")])
    assert (tally.passed, tally.failed) == (0, 1)


def test_a_check_is_right_or_wrong_as_a_whole(capsys):
    tally = Tally()
    words = [sys.executable, "-c", "import sys; print('so it is'); sys.exit(len(sys.argv) - 1)"]
    go_beside(tally, [Check("right", words), Check("wrong", [*words, "one"])])
    assert (tally.passed, tally.failed, tally.failures) == (1, 1, {"wrong": ()})
    assert capsys.readouterr().out.count("so it is") == 2


def test_a_report_that_is_not_there_says_nothing(tmp_path):
    assert counted(tmp_path / "nowhere.xml") == (0, 0, [])


def test_of_the_scripts_tests_too_the_failing_ones_are_named_and_they_alone_are_shown(tmp_path, monkeypatch, capsys):
    (tmp_path / "two.test.js").write_text(
        """
        const test = require("node:test");
        test("a right one", () => {});
        test("a wrong one", () => { throw new Error("so it is"); });
        """
    )
    monkeypatch.setattr(testing, "TESTS", tmp_path)
    tally = Tally()
    testing.run_node(tally, testing.base_env("node"), [])
    assert (tally.passed, tally.failed) == (1, 1)
    assert tally.failures == {"Node": ["a wrong one"]}
    said = capsys.readouterr().out
    assert "so it is" in said
    assert "a right one" not in said


def test_where_one_cannot_begin_the_others_are_ended(run, monkeypatch):
    monkeypatch.setattr(testing, "processors", lambda: 2)
    has_begun = threading.Event()

    @contextmanager
    def refused():
        has_begun.wait(60)
        raise Refused("there is no PostgreSQL here.")
        yield {}

    @contextmanager
    def begun():
        has_begun.set()
        yield testing.base_env("endless")

    endless = run("endless", "import threading\ndef test_endless(): threading.Event().wait()\n", begun)
    with pytest.raises(Refused, match="no PostgreSQL"):
        go_beside(Tally(), [endless, run("refused", "", refused)])
