"""GCJ-02 and BD-09, against an independent implementation and against themselves."""

import numpy as np
import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo.zone.datum import bd09_to_gcj02, gcj02_to_bd09, gcj02_to_wgs84, wgs84_to_gcj02

LON, LAT = st.floats(80, 130), st.floats(20, 50)
METRE = 1 / 111_000


@given(LON, LAT)
def test_agrees_with_prcoords(lon: float, lat: float) -> None:
    theirs = prcoords.wgs_gcj((lat, lon), check_china=False)
    assert wgs84_to_gcj02(lon, lat) == pytest.approx((theirs[1], theirs[0]), abs=1e-9)
    theirs = prcoords.gcj_bd((lat, lon))
    assert gcj02_to_bd09(lon, lat) == pytest.approx((theirs[1], theirs[0]), abs=1e-9)


@given(LON, LAT)
def test_there_and_back(lon: float, lat: float) -> None:
    assert gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat)) == pytest.approx((lon, lat), abs=1e-3 * METRE)
    assert bd09_to_gcj02(*gcj02_to_bd09(lon, lat)) == pytest.approx((lon, lat), abs=1e-3 * METRE)


def test_known_offset() -> None:
    """At 116.62 E, 35.42 N GCJ-02 lies 482 m east and 50 m south."""
    lon, lat = wgs84_to_gcj02(116.62, 35.42)
    east = (lon - 116.62) * 111_320 * np.cos(np.radians(35.42))
    north = (lat - 35.42) * 110_950
    assert (east, north) == pytest.approx((482, -50), abs=2)


def test_arrays_keep_their_shape() -> None:
    lon, lat = np.meshgrid(np.linspace(116, 117, 5), np.linspace(35, 36, 4))
    assert wgs84_to_gcj02(lon, lat)[0].shape == (4, 5)
