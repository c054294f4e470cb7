"""The lot: bound before the list closes, and worked out again by anybody, here, in a terminal and in a browser."""

import hashlib
import json
import shlex
import shutil
import subprocess
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.review import lot
from sessions.review.lot import (
    Step,
    Verdict,
    canonical,
    commitment_of,
    drawn,
    line,
    new_seed,
    verify,
)

# Worked out once with sha256sum and openssl. lot.test.js reads them too.
EXAMPLES = json.loads(Path(__file__).with_name("lots.json").read_text())
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=[example["claim"] for example in EXAMPLES])

seeds = st.binary(min_size=32, max_size=32).map(bytes.hex)
lists = st.lists(st.text("ABCDEFGH", min_size=1, max_size=2), min_size=1, max_size=40, unique=True).map(
    lambda codes: [f"{code}\tState of {code}" for code in codes]
)


# The same everywhere


@each_example
def test_an_example_comes_out_as_it_is_written_down(example):
    seed, names = example["seed"], example["names"]
    assert commitment_of(seed) == example["commitment"]
    assert hashlib.sha256(canonical(names)).hexdigest() == example["canonical_sha256"]
    assert drawn(seed, names) == example["drawn"]
    assert verify(example["commitment"], seed, names, example["drawn"]) == Verdict(None, example["drawn"])


def hmac_by_hand(key: bytes, message: bytes) -> int:
    """RFC 2104 from its definition, for a key of one block: a second opinion on the library."""
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return int(hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest(), 16)


@given(seeds, lists)
def test_what_is_drawn_follows_from_the_definition_alone(seed, names):
    file = "".join(name + "\n" for name in names).encode()
    assert drawn(seed, names) == hmac_by_hand(seed.encode(), file) % len(names)


@each_example
def test_a_terminal_comes_to_the_same(example, tmp_path):
    """The commands of the module's docstring, where this machine has their programs, and else Python's own."""
    seed, names = example["seed"], example["names"]
    (tmp_path / "canonical.txt").write_bytes(canonical(names))
    assert said(f"printf %s {seed} | sha256sum", tmp_path, seed.encode()) == example["commitment"]
    number = said(f"openssl dgst -sha256 -hmac {seed} -r canonical.txt", tmp_path, seed.encode())
    assert int(number, 16) % len(names) == example["drawn"]


def said(command: str, folder: Path, seed: bytes) -> str:
    """The first word that a terminal's command says."""
    if all(shutil.which(program) for program in ("sh", "sha256sum", "openssl")):
        told = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True)
        return told.stdout.split()[0]
    if "openssl" not in command:
        return hashlib.sha256(seed).hexdigest()
    return f"{hmac_by_hand(seed, (folder / 'canonical.txt').read_bytes()):064x}"


def test_the_docstring_says_the_commands_that_are_tested_here():
    written = lot.__doc__.replace("SEED", "s")
    for command in ("printf %s s | sha256sum", "openssl dgst -sha256 -hmac s -r canonical.txt"):
        assert f"    {command}\n" in written
        assert shlex.split(command)


# The list


def test_a_list_has_a_line_for_each_delegation_in_one_normal_form():
    decomposed = unicodedata.normalize("NFD", "CI\tCôte d’Ivoire")
    assert decomposed != "CI\tCôte d’Ivoire"
    expected = "FJ\tFiji\nCI\tCôte d’Ivoire\n".encode()
    assert canonical(["FJ\tFiji", decomposed]) == canonical(["FJ\tFiji", "CI\tCôte d’Ivoire"]) == expected
    assert line("CI", unicodedata.normalize("NFD", "Côte d’Ivoire")) == "CI\tCôte d’Ivoire"


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["Fiji"],
        ["\tFiji"],
        ["FJ\t"],
        ["FJ\tFiji\n"],
        ["FJ\tFiji\nFI\tFinland"],
        ["FJ\tFi\tji"],
        ["FJ\tFiji\u2028FI"],
        ["FJ\tFiji\r"],
        ["FJ\tFiji", "FJ\tRepublic of Fiji"],
        ["FJ\t\ud800"],
    ],
)
def test_what_would_not_be_one_list_in_every_program_is_refused(names):
    with pytest.raises(ValueError):
        canonical(names)
    assert verify(commitment_of("0" * 64), "0" * 64, names, 0) == Verdict(Step.LIST)


@given(lists, st.data())
def test_another_list_is_another_file(names, data):
    other = data.draw(lists)
    assert (canonical(names) == canonical(other)) == (names == other)


# The seed


def test_seeds_are_new_each_time_and_hard_to_guess():
    made = {new_seed() for _ in range(100)}
    assert len(made) == 100
    for seed in made:
        assert len(bytes.fromhex(seed)) == 32
        assert seed == seed.lower()
        commitment_of(seed)


@pytest.mark.parametrize("seed", ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "0" * 64 + "\n", "٠" * 64])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(ValueError):
        commitment_of(seed)
    with pytest.raises(ValueError):
        drawn(seed, ["FJ\tFiji"])
    assert verify("0" * 64, seed, ["FJ\tFiji"], 0) == Verdict(Step.SEED)


# Who checks


@given(seeds, lists, st.data())
def test_a_lot_that_was_tampered_with_fails_at_that_step(seed, names, data):
    commitment, fell_on = commitment_of(seed), drawn(seed, names)
    assert verify(commitment, seed, names, fell_on).holds
    other_seed = data.draw(seeds.filter(lambda other: other != seed))
    assert verify(commitment, other_seed, names, fell_on).failed is Step.COMMITMENT
    assert verify(commitment, seed, [], fell_on).failed is Step.LIST
    other = data.draw(st.integers(-1, len(names)).filter(lambda index: index != fell_on))
    assert verify(commitment, seed, names, other) == Verdict(Step.DRAWN, fell_on)


@given(seeds)
def test_a_list_changed_after_the_draw_is_not_what_was_drawn_on(seed):
    """Not with this list, that is, under three seeds: another one falls on the same place once in so many times."""
    names = [f"{number}\tDelegation {number}" for number in range(1000)]
    changed = [*names[:-1], "999\tSomebody else"]
    assert verify(commitment_of(seed), seed, names, drawn(seed, names)).holds
    more = [hashlib.sha256(f"{seed}{number}".encode()).hexdigest() for number in range(2)]
    assert [drawn(each, names) for each in (seed, *more)] != [drawn(each, changed) for each in (seed, *more)]


# Fair


def chi_squared(counts: Counter, places: int) -> float:
    expected = sum(counts.values()) / places
    return sum((counts[place] - expected) ** 2 / expected for place in range(places))


def test_every_place_is_drawn_alike():
    """4,200 fixed seeds over 21 places: with 20 degrees of freedom, 45.3 is exceeded once in a thousand tries."""
    names = [f"{number}\tDelegation {number}" for number in range(21)]
    made = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(4200)]
    assert chi_squared(Counter(drawn(seed, names) for seed in made), 21) < 45.3
    # The same measure sees a lot that prefers one place by two thirds.
    preferred = Counter(drawn(seed, names) if turn % 30 else 0 for turn, seed in enumerate(made))
    assert chi_squared(preferred, 21) > 45.3
