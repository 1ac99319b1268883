"""Exchange two files in one step, and tell whether a file is open for writing (Linux)."""

import errno
import os
import sys
from pathlib import Path

if sys.platform == "linux":
    import fcntl

# Of linux/fcntl.h and linux/fs.h: paths relative to the working directory; exchange.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
# Errors of a file system or a kernel without exchange, and of a file that does not exist.
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.ENOENT)


def swap(one: Path, other: Path) -> bool:
    """Exchange two files of a file system atomically; return False where that is not possible.

    That is so outside Linux, on file systems without ``renameat2(RENAME_EXCHANGE)``, and if one of
    the files does not exist.

    Raises
    ------
    OSError
        If the system refuses for another reason.
    """
    if sys.platform != "linux":
        return False
    import ctypes  # Imported late: few commands write.

    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    paths = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
    if libc.renameat2(*paths, _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code))


def is_open_for_writing(path: Path) -> bool:
    """Whether a process has a file open for writing; False where the system does not tell.

    Linux grants a read lease only on a file that nobody has open for writing (fcntl(2)).
    """
    if sys.platform != "linux":
        return False
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # Not the owner, or a file system without leases.
        return False
    finally:
        os.close(handle)
    return False
