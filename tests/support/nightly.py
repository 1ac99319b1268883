"""How often something is tried: a few times by day, many times under the profile of `make fuzz`."""

from hypothesis import settings

IS_NIGHT = settings.get_current_profile_name() == "fuzz"


def times(by_day: int, by_night: int) -> int:
    """The number of tries of this run."""
    return by_night if IS_NIGHT else by_day
