"""Chains 产业链: which links are there, which are missing, and who would fill the gaps 建链补链."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gxq_geo.schemas import schema

if TYPE_CHECKING:
    import networkx as nx

STATES = ("present", "weak", "missing")
_STATE = pd.CategoricalDtype(list(STATES), ordered=True)

# How much of a link there is to win: all of a missing one, half of a weak one. Our own weights.
NEED = {"present": 0.0, "weak": 0.5, "missing": 1.0}


def graph(chains: pd.DataFrame) -> "nx.DiGraph[str]":
    """The chains as one directed graph: a node for each link, an edge to each link that it feeds.

    A link that is named in ``feeds`` and has no record of its own is left out.
    """
    # Here, so that the other commands need not wait for networkx.
    import networkx as nx

    frame = pd.DataFrame(chains).dropna(subset=["link_id"])
    out: nx.DiGraph[str] = nx.DiGraph()
    for record in frame.to_dict("records"):
        out.add_node(record["link_id"], **{str(k): v for k, v in record.items()})
    known = set(out)
    out.add_edges_from(
        (link, fed)
        for link, some in zip(frame["link_id"], frame["feeds"], strict=True)
        for fed in some
        if fed in known and fed != link
    )
    return out


def links(chains: pd.DataFrame, projects: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Which links of the chains are present, weak or missing.

    A link is ``present`` where a project of it has settled (落户, 开工, 投产); ``weak`` where one
    is on its way (线索, 洽谈, 签约), or a customer of it has signed; else ``missing``.

    Parameters
    ----------
    chains, projects, customers
        The layers.

    Returns
    -------
    pandas.DataFrame
        In the order of the chains: ``chain_id``, ``link_id``, ``chain_position``, ``sector_id``,
        ``settled`` (how many projects), ``coming`` (on their way), ``customers`` (targets that are
        neither signed nor dropped) and ``state``.
    """
    meaning, order = schema().meaning, list(schema().domains["project_stage"])
    from_settled = order[order.index(meaning["settled_stage"]) :]
    named = pd.DataFrame(projects).dropna(subset=["link_id", "stage"])
    settled = named[named["stage"].isin(from_settled)]["link_id"].value_counts()
    coming = named[~named["stage"].isin(from_settled)]["link_id"].value_counts()
    people = pd.DataFrame(customers)
    closed = people["customer_status"].isin(schema().meaning["closed_customer_status"])
    signed = people[people["customer_status"] == "signed"]["link_id"].value_counts()
    wanted = people[~closed]["link_id"].value_counts()
    out = pd.DataFrame(chains)[["chain_id", "link_id", "chain_position", "sector_id"]]
    for name, count in (("settled", settled), ("coming", coming), ("customers", wanted)):
        out = out.assign(**{name: out["link_id"].map(count).fillna(0).astype(int)})
    begun = (out["coming"] > 0) | (out["link_id"].map(signed).fillna(0) > 0)
    state = np.where(out["settled"] > 0, "present", np.where(begun, "weak", "missing"))
    out["state"] = pd.Categorical(state, dtype=_STATE)
    return out.sort_values(["chain_id", "chain_position"], kind="stable", ignore_index=True)


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Each chain on one line.

    Parameters
    ----------
    found
        What `links` gives.

    Returns
    -------
    pandas.DataFrame
        Index ``chain_id``; ``links``, one column for each state, and ``present_pct``.
    """
    counts = {state: (found["state"] == state).astype(int) for state in STATES}
    table = pd.DataFrame({"links": pd.Series(1, found.index), **counts})
    out = table.groupby(found["chain_id"]).sum()
    return out.assign(present_pct=100 * out["present"] / out["links"])


def gaps(chains: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The links that are weak or missing, the most valuable first.

    value = need · (suppliers + buyers + bridged). ``suppliers`` are the present links that feed the
    gap (its backward linkages), ``buyers`` the present links that it feeds (its forward linkages;
    Hirschman 1958, *The Strategy of Economic Development*, ch. 6). ``bridged`` counts the pairs of
    a supplier and a buyer that nothing joins directly: filling the gap joins them (brokerage; Gould
    & Fernandez 1989, *Sociological Methodology* 19: 89–126). ``need`` is 1 for a missing link, ½
    for a weak one. The sum of the three is ours, and is meant to order, not to price.

    Parameters
    ----------
    chains
        The layer.
    found
        What `links` gives.

    Returns
    -------
    pandas.DataFrame
        ``link_id``, ``chain_id``, ``chain_position``, ``sector_id``, ``state``, ``value``,
        ``suppliers`` and ``buyers`` (tuples of link ids), ``bridged``, ``customers`` (targets at
        hand) and ``chain_action``: ``complete`` (补链) where the chain has a link present, else
        ``build`` (建链).
    """
    of = graph(chains)
    state = {link: str(one) for link, one in zip(found["link_id"], found["state"], strict=True)}
    alive = set(found["chain_id"][found["state"] == "present"])
    rows = []
    gap = found["link_id"].notna() & (found["state"] != "present")
    for record in found[gap].to_dict("records"):
        link = str(record["link_id"])
        suppliers = _present(of.predecessors(link), state)
        buyers = _present(of.successors(link), state)
        pairs = ((a, b) for a in suppliers for b in buyers if a != b)
        bridged = sum(not of.has_edge(a, b) for a, b in pairs)
        value = NEED[str(record["state"])] * (len(suppliers) + len(buyers) + bridged)
        action = "complete" if record["chain_id"] in alive else "build"
        own = {str(name): cell for name, cell in record.items()}
        said = {"value": value, "suppliers": suppliers, "buyers": buyers, "bridged": bridged}
        rows.append({**own, **said, "chain_action": action})
    columns = ["link_id", "chain_id", "chain_position", "sector_id", "state", "value"]
    columns += ["suppliers", "buyers", "bridged", "customers", "chain_action"]
    out = pd.DataFrame(rows, columns=columns)
    order = ["value", "chain_id", "link_id"]
    ascending = [False, True, True]
    return out.sort_values(order, ascending=ascending, kind="stable", ignore_index=True)


def _present(some: Iterable[str], state: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted(link for link in some if state.get(link) == "present"))


def targets(found: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """The target customers that would fill gaps, those of the most valuable gap first.

    Within one gap by how far a customer has come (the furthest first), then by its class in the
    order of the schema, then by id.

    Parameters
    ----------
    found
        What `gaps` gives.
    customers
        The layer; who has signed or been dropped fills nothing.

    Returns
    -------
    pandas.DataFrame
        ``rank`` (from 1), ``customer_id``, ``customer_status``, ``customer_class``, ``team_id``,
        and of the gap ``link_id``, ``chain_id``, ``state``, ``chain_action``, ``value``,
        ``suppliers``, ``buyers`` and ``bridged``: the reason.
    """
    people = pd.DataFrame(customers)
    people = people[~people["customer_status"].isin(schema().meaning["closed_customer_status"])]
    kept = ["customer_id", "customer_status", "customer_class", "team_id", "link_id"]
    of_gap = ["link_id", "chain_id", "state", "chain_action", "value"]
    of_gap += ["suppliers", "buyers", "bridged"]
    out = people[kept].merge(found[of_gap], on="link_id", how="inner")
    domains = schema().domains
    far = {name: -k for k, name in enumerate(domains["customer_status"])}
    classes = {name: k for k, name in enumerate(domains["customer_class"])}
    out = out.assign(
        far=out["customer_status"].astype(object).map(far),
        place=out["customer_class"].astype(object).map(classes),
    )
    order = ["value", "link_id", "far", "place", "customer_id"]
    ascending = [False, True, True, True, True]
    out = out.sort_values(order, ascending=ascending, kind="stable", ignore_index=True)
    out.insert(0, "rank", np.arange(1, len(out) + 1))
    return out.drop(columns=["far", "place"])
