"""The memory that a process takes."""

import resource
import sys


def peak() -> float:
    """The peak memory of this process, in megabytes."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1 << 20 if sys.platform == "darwin" else 1 << 10)
