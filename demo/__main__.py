"""`make demo`: start everything, play the journey, then keep serving until Ctrl-C."""

import argparse
import signal
import sys
import time

from demo.journey import Journey, StepFailed
from demo.processes import DidNotStart
from demo.stack import PortTaken, Stack, running_stack

LOGINS = "alice@, bob@ (customers), staff@, admin@ — all at example.com, password rentwell-demo"


def play(stack: Stack) -> bool:
    """Print a line per step of the journey; whether all of them held."""
    journey = Journey(stack.site, stack.sandbox)
    try:
        for number, line in enumerate(journey.steps(), 1):
            print(f"  {number:2} ✓ {line}", flush=True)
    except StepFailed as failure:
        print(f"     ✗ {failure}", flush=True)
        for name in ("web", "worker", "sandbox"):
            print(f"--- end of the log of {name}\n{stack.processes.tail(name, 15)}")
        return False
    return True


def serve(stack: Stack) -> None:
    """Say where everything is, and wait for Ctrl-C."""
    print(f"""
Rentwell is running. It ends with Ctrl-C, and the demo starts afresh the next time.

  Shop            {stack.site}/
  API             {stack.site}/api/docs/
  Staff           {stack.site}/admin/
  Stripe sandbox  {stack.sandbox}/   (payments, events, clock, faults)
  Logins          {LOGINS}
""")
    while not (dead := stack.processes.dead()):
        time.sleep(0.5)
    print(f"{dead[0]} has ended by itself:\n{stack.processes.tail(dead[0])}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--once", action="store_true", help="end after the journey")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):  # killed, or its terminal was closed
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    print(
        "Starting PostgreSQL, Redis, the web server, a worker and the Stripe sandbox …", flush=True
    )
    try:
        with running_stack(options.port) as stack:
            held = play(stack)
            if not options.once:
                serve(stack)
            return 0 if held else 1
    except (DidNotStart, PortTaken) as error:
        print(error)
        return 1
    except KeyboardInterrupt:
        print("\nGood-bye.")
        return 0


if __name__ == "__main__":
    sys.exit(main())
