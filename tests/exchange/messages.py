"""The kinds of losses, notes and questions, each rendered in both languages."""

from collections.abc import Iterable

from gxq_geo import words
from gxq_geo.exchange.evidence.columns import Question
from gxq_geo.exchange.source import Loss, Note


def kinds(found: Iterable[Loss | Note | Question]) -> list[str]:
    """The last parts of the kinds; a message that lacks a parameter or a language fails."""
    return [_kind(one) for one in found]


def _kind(one: Loss | Note | Question) -> str:
    params = dict(one.params)
    if not isinstance(one, Question):
        params["where"] = one.where
    if isinstance(one, Loss):
        params["count"] = one.count
    for lang in ("zh", "en"):
        assert words.text(f"exchange.{one.kind}", lang, **params)
    return one.kind.rpartition(".")[2]
