"""Files as other programs write them, made by code, with what a test knows of their content."""

from tests.support.foreign import books, drawings, shapefiles, vectors
from tests.support.foreign.parcels import Given, Refused

__all__ = ["CASES", "Given", "Refused"]

CASES: dict[str, Given | Refused] = {
    **vectors.CASES,
    **shapefiles.CASES,
    **drawings.CASES,
    **books.CASES,
}
