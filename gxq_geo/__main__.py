"""``python -m gxq_geo`` is ``gxq``."""

from gxq_geo.cli.app import main

if __name__ == "__main__":
    main()
