"""`gxq match`: which sites, sites together and carriers meet a requirement."""

from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.cli import options
from gxq_geo.cli.command import Option
from gxq_geo.cli.commands.questions import FORM, give
from gxq_geo.matching.ranking import INDUSTRY, required
from gxq_geo.matching.requirement import Requirement, Want, criteria, read_stated
from gxq_geo.questions import matched
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import open_zone

_VALUES: dict[str, dict[str, Any]] = {
    "number": {"metavar": "N", "type": float},
    "list": {"metavar": "NAME", "multiple": True},
    "date": {"metavar": "DATE"},
}


def _wants() -> list[Option]:
    """An option for everything that a requirement may state, in any of its units."""
    every = criteria().wants.values()
    return [_option(want, name) for want in every for name in (want.name, *want.also)]


def _option(want: Want, name: str) -> Option:
    def said() -> str:
        lang = words.default_lang()
        label = words.pick(want.label, lang)
        # A further unit stands at the end of the name: area_ha.
        of = name.rsplit("_", 1)[-1] if name in want.also else want.unit
        unit = words.pick(schema().units.get(of, {}), lang)
        return words.text("answer.with_unit", lang, label=label, unit=unit) if unit else label

    how = _VALUES.get(want.type, {"metavar": "TEXT"})
    return Option(f"--{name.replace('_', '-')}", name, say=said, **how)


@options.command(
    options.ZONE,
    *_wants(),
    Option("-f", "--file", say="cli.match-file", metavar="FILE", type=options.PATH),
    Option("--gbt4754", say="cli.match-industry", metavar="CODE", multiple=True),
    Option("--weight", "weights", say="cli.match-weight", metavar="NAME=N", multiple=True),
    Option("--limit", say="cli.match-limit", metavar="N", type=click.IntRange(1), default=10),
    Option("--failed", say="cli.match-failed", is_flag=True),
    Option("--link", say="cli.match-link", is_flag=True),
    FORM,
    options.output(),
    options.TABLE,
    old={"--all": "--failed"},
)
def match(
    zone: Path,
    file: Path | None,
    gbt4754: tuple[str, ...],
    weights: tuple[str, ...],
    limit: int,
    failed: bool,
    link: bool,
    form: str,
    output: Path | None,
    tables: tuple[str, ...],
    lang: str,
    **stated: Any,
) -> None:
    """Rank sites, sites together, and carriers by how well they meet a requirement."""
    whole = {**(read_stated(file) if file else {}), **_listed(stated)}
    if gbt4754:
        whole[INDUSTRY] = options.split(gbt4754)
    own = whole.pop("weights", {})
    weighed = {
        **(own if isinstance(own, dict) else {"weights": own}),
        **_weights(options.split(weights)),
    }
    opened = open_zone(zone)
    wanted = required(opened, whole)
    if link:
        click.echo(f"{opened.settings.public_url}#{wanted.link(_layer(wanted), weighed)}")
        if not opened.settings.public_url:
            click.echo(words.text("cli.match-unpublished"), err=True)
        return
    answer = matched(opened, wanted, weights=weighed, limit=limit, failed=failed)
    give(answer, opened, lang, form=form, output=output, names=options.split(tables))


def _listed(stated: dict[str, Any]) -> dict[str, Any]:
    return {
        name: options.split(value) if isinstance(value, tuple) else value
        for name, value in stated.items()
        if value
    }


def _weights(given: list[str]) -> dict[str, float]:
    out = {}
    for one in given:
        name, _, value = one.partition("=")
        try:
            out[name.strip()] = float(value)
        except ValueError:
            raise GxqError("bad-weight", name=name.strip(), value=value) from None
    return out


def _layer(wanted: Requirement) -> str:
    """What the map opens with: sites, unless the requirement says something of carriers only."""
    of_sites = any(one.want for one in criteria().of("sites", wanted))
    only = {one.want for one in criteria().all if one.layers == ("carriers",)}
    return "carriers" if only & set(wanted.wants) or not of_sites else "sites"


COMMANDS = {"match": match}
