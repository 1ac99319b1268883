"""`gxq match`: rank sites, groups of sites and carriers by an investor's requirement."""

from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.cli import options
from gxq_geo.cli.command import Option
from gxq_geo.cli.commands.questions import FORM, output_answer
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


def _requirement_options() -> list[Option]:
    """Return an option for each condition of a requirement, in each of its units."""
    every = criteria().wants.values()
    return [_option(want, name) for want in every for name in (want.name, *want.also)]


def _option(want: Want, name: str) -> Option:
    def help_line() -> str:
        lang = words.default_lang()
        label = words.pick(want.label, lang)
        # The name of an option in another unit ends with that unit, as in area_ha.
        unit_key = name.rsplit("_", 1)[-1] if name in want.also else want.unit
        unit = words.pick(schema().units.get(unit_key, {}), lang)
        return words.text("answer.with_unit", lang, label=label, unit=unit) if unit else label

    attrs = _VALUES.get(want.type, {"metavar": "TEXT"})
    return Option(f"--{name.replace('_', '-')}", name, help_text=help_line, **attrs)


@options.command(
    options.ZONE,
    *_requirement_options(),
    Option("-f", "--file", help_text="cli.match-file", metavar="FILE", type=options.PATH),
    Option("--gbt4754", help_text="cli.match-industry", metavar="CODE", multiple=True),
    Option("--weight", "weights", help_text="cli.match-weight", metavar="NAME=N", multiple=True),
    Option("--limit", help_text="cli.match-limit", metavar="N", type=click.IntRange(1), default=10),
    Option("--failed", help_text="cli.match-failed", is_flag=True),
    Option("--link", help_text="cli.match-link", is_flag=True),
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
    """Rank sites, groups of sites and carriers by how well they meet a requirement."""
    requirement = {**(read_stated(file) if file else {}), **_split_lists(stated)}
    if gbt4754:
        requirement[INDUSTRY] = options.split(gbt4754)
    file_weights = requirement.pop("weights", {})
    all_weights = {
        **(file_weights if isinstance(file_weights, dict) else {"weights": file_weights}),
        **_weights(options.split(weights)),
    }
    opened = open_zone(zone)
    wanted = required(opened, requirement)
    if link:
        click.echo(f"{opened.settings.public_url}#{wanted.link(_map_layer(wanted), all_weights)}")
        if not opened.settings.public_url:
            click.echo(words.text("cli.match-unpublished"), err=True)
        return
    answer = matched(opened, wanted, weights=all_weights, limit=limit, failed=failed)
    output_answer(answer, opened, lang, form=form, output=output, names=options.split(tables))


def _split_lists(stated: dict[str, Any]) -> dict[str, Any]:
    return {
        name: options.split(value) if isinstance(value, tuple) else value
        for name, value in stated.items()
        if value
    }


def _weights(items: list[str]) -> dict[str, float]:
    out = {}
    for item in items:
        name, _, value = item.partition("=")
        try:
            out[name.strip()] = float(value)
        except ValueError:
            raise GxqError("bad-weight", name=name.strip(), value=value) from None
    return out


def _map_layer(wanted: Requirement) -> str:
    """Return the layer that the map link shows: carriers if a condition applies only to them."""
    of_sites = any(one.want for one in criteria().of("sites", wanted))
    only = {one.want for one in criteria().all if one.layers == ("carriers",)}
    return "carriers" if only & set(wanted.wants) or not of_sites else "sites"


COMMANDS = {"match": match}
