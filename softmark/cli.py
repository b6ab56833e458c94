"""The command line's entry point.

Heavy imports happen inside the command that needs them, so that `softmark --help` is quick.
"""

from __future__ import annotations

import sys

from softmark.console import decisions, exercises, marking, networks, quizzes, scanning
from softmark.console.options import app, say

__all__ = ["decisions", "exercises", "main", "marking", "networks", "quizzes", "scanning"]

#: the commands as --help lists them: in the order in which a course comes to need them
GROUPS = {
    "Exercises": ("list", "show", "solve", "table"),
    "Papers and marks": ("quiz", "scan", "grade", "report", "regrade", "adjust", "void"),
    "Authors": ("read", "new", "check"),
}


def _put_in_order() -> None:
    panels = {name: panel for panel, names in GROUPS.items() for name in names}
    order = list(panels)
    for command in app.registered_commands:
        name = str(command.name or getattr(command.callback, "__name__", ""))
        command.name, command.rich_help_panel = name, panels[name]
    app.registered_commands.sort(key=lambda command: order.index(str(command.name)))


_put_in_order()


def main() -> None:
    """Entry point: the user's mistakes end with 2, ours with 1, both with one sentence."""
    from softmark.worksheet.errors import UserError

    try:
        app(standalone_mode=True)
    except UserError as error:
        say(f"softmark: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        say("softmark: stopped; what was finished is kept")
        sys.exit(130)
    except Exception as error:
        say(f"softmark: something went wrong here, not with your files: "
             f"{type(error).__name__}: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
