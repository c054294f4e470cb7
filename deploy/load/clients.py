"""The clients' process. Reads a plan (a line of JSON) on standard input, says how it goes, and tells what it found.

A process of its own, so that the clients have a core to themselves. What it asks to be done to the servers meanwhile
(`outside.py`) and what it found leave as lines of JSON on standard output.
"""

import gc
import sys

import msgspec
import uvloop
from arrival import ArrivalHappening
from chaos import ChaosHappening
from outside import tell
from review import ReviewHappening
from scenarios import HallHappening, Happening, Plan, YardstickHappening

from config.limits import raise_open_files


def happening_of(plan: Plan) -> Happening:
    if not plan.hall:
        return YardstickHappening(plan)
    others = {"arrival": ArrivalHappening, "chaos": ChaosHappening, "review": ReviewHappening}
    return others.get(plan.scenario, HallHappening)(plan)


async def main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    raise_open_files()
    # This process lives for minutes and keeps nearly everything: looking for rubbish would cost latency.
    gc.disable()
    happening = happening_of(plan)
    tell({"found": await happening.run()})
    for guest in happening.crowd.guests:
        guest.leave()


if __name__ == "__main__":
    uvloop.run(main())
