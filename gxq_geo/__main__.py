"""The command ``gxq``, also ``python -m gxq_geo``."""

import sys


def main() -> None:
    """Run the command line; an interruption (Ctrl+C), even while modules load, ends it quietly."""
    try:
        from gxq_geo.cli.app import main as run_command

        run_command()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
