#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["procrastinate"] and "worker" in sys.argv:
        refuse_unsafe_worker()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def refuse_unsafe_worker() -> None:
    """The command is Procrastinate's own, so this is the last place where it can be stopped."""
    import django

    from config.safety import refuse_unsafe_start

    django.setup()
    refuse_unsafe_start()


if __name__ == "__main__":
    main()
