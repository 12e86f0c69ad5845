"""The `aerosaga` command: `bin/aerosaga`, or `python -m aerosaga.cli`."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run what was typed; Ctrl-C ends it without a traceback, even while the command is still being loaded."""
    try:
        from aerosaga.commands.group import aerosaga

        aerosaga(prog_name="aerosaga")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
