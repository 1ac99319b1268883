"""What losses and notes say: each has words in every language."""

from collections.abc import Iterable

from gxq_geo import words
from gxq_geo.exchange.source import Loss, Note, SourceTable
from gxq_geo.words.errors import GxqError


def kinds(told: Iterable[Loss | Note] | SourceTable) -> dict[str, int]:
    """The kinds of losses and notes with their counts; each is put into words once."""
    found: dict[str, int] = {}
    entries: tuple[Loss | Note, ...]
    entries = (*told.losses, *told.notes) if isinstance(told, SourceTable) else tuple(told)
    for entry in entries:
        count = entry.count if isinstance(entry, Loss) else 1
        for lang in words.langs():
            params = {"count": count, "where": entry.where, **entry.params}
            said = words.text(f"exchange.{entry.kind}", lang, **params)
            assert said
            assert "{" not in said
        found[entry.kind] = found.get(entry.kind, 0) + count
    return found


def refused(error: GxqError) -> None:
    """An error has a message of one line in every language."""
    assert all(len(error.say(lang).splitlines()) == 1 for lang in words.langs())
