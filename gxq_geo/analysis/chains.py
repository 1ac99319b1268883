"""Industrial chains 产业链: present and missing links, and customers to fill the gaps 建链补链."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gxq_geo.schemas import schema
from gxq_geo.schemas.dtypes import lookup

if TYPE_CHECKING:
    import networkx as nx

STATES = ("present", "weak", "missing")
_STATE = pd.CategoricalDtype(list(STATES), ordered=True)

# Weight of a gap by the state of its link; chosen for this project.
NEED = {"present": 0.0, "weak": 0.5, "missing": 1.0}


def graph(chains: pd.DataFrame) -> "nx.DiGraph[str]":
    """Build one directed graph of all chains: links as nodes, and an edge to each link fed.

    A link that is named in ``feeds`` but has no record is left out.
    """
    # Imported late: networkx is slow to import, and few commands need it.
    import networkx as nx

    frame = pd.DataFrame(chains).dropna(subset=["link_id"])
    out: nx.DiGraph[str] = nx.DiGraph()
    for record in frame.to_dict("records"):
        out.add_node(record["link_id"], **{str(k): v for k, v in record.items()})
    known = set(out)
    out.add_edges_from(
        (link, fed)
        for link, feeds in zip(frame["link_id"], frame["feeds"], strict=True)
        for fed in feeds
        if fed in known and fed != link
    )
    return out


def links(chains: pd.DataFrame, projects: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Classify the links of the chains as present, weak or missing.

    A link is ``present`` if a project in it has settled (落户, 开工, 投产), ``weak`` if one is at
    an earlier stage (线索, 洽谈, 签约) or a customer in it has signed, else ``missing``.

    Parameters
    ----------
    chains, projects, customers
        The layers.

    Returns
    -------
    pandas.DataFrame
        Sorted by chain and position: ``chain_id``, ``link_id``, ``chain_position``, ``sector_id``,
        ``settled`` (number of settled projects), ``coming`` (projects at an earlier stage),
        ``customers`` (target customers that have neither signed nor been dropped) and ``state``.
    """
    meaning, order = schema().meaning, list(schema().domains["project_stage"])
    from_settled = order[order.index(meaning["settled_stage"]) :]
    in_links = pd.DataFrame(projects).dropna(subset=["link_id", "stage"])
    settled = in_links[in_links["stage"].isin(from_settled)]["link_id"].value_counts()
    coming = in_links[~in_links["stage"].isin(from_settled)]["link_id"].value_counts()
    companies = pd.DataFrame(customers)
    closed = companies["customer_status"].isin(schema().meaning["closed_customer_status"])
    signed = companies[companies["customer_status"] == "signed"]["link_id"].value_counts()
    open_counts = companies[~closed]["link_id"].value_counts()
    out = pd.DataFrame(chains)[["chain_id", "link_id", "chain_position", "sector_id"]]
    for name, count in (("settled", settled), ("coming", coming), ("customers", open_counts)):
        out = out.assign(**{name: lookup(out["link_id"], count).fillna(0).astype(int)})
    begun = (out["coming"] > 0) | (lookup(out["link_id"], signed).fillna(0) > 0)
    state = np.where(out["settled"] > 0, "present", np.where(begun, "weak", "missing"))
    out["state"] = pd.Categorical(state, dtype=_STATE)
    return out.sort_values(["chain_id", "chain_position"], kind="stable", ignore_index=True)


def summary(link_states: pd.DataFrame) -> pd.DataFrame:
    """Count the links of each chain by state.

    Parameters
    ----------
    link_states
        The result of `links`.

    Returns
    -------
    pandas.DataFrame
        Index ``chain_id``; ``links`` (count), one column for each state, and ``present_pct``.
    """
    counts = {state: (link_states["state"] == state).astype(int) for state in STATES}
    table = pd.DataFrame({"links": pd.Series(1, link_states.index), **counts})
    out = table.groupby(link_states["chain_id"]).sum()
    return out.assign(present_pct=100 * out["present"] / out["links"])


def gaps(chains: pd.DataFrame, link_states: pd.DataFrame) -> pd.DataFrame:
    """Rank the links that are weak or missing, the most valuable first.

    value = need · (suppliers + buyers + bridged). ``suppliers`` are the present links that feed the
    gap (backward linkages), ``buyers`` the present links that it feeds (forward linkages; Hirschman
    1958, *The Strategy of Economic Development*, ch. 6). ``bridged`` counts the pairs of a supplier
    and a buyer without a direct edge, which the gap would connect (brokerage; Gould & Fernandez
    1989, *Sociological Methodology* 19: 89–126). ``need`` is 1 for a missing link, ½ for a weak
    one. The sum is this project's own measure, for ranking only.

    Parameters
    ----------
    chains
        The layer ``chains``.
    link_states
        The result of `links`.

    Returns
    -------
    pandas.DataFrame
        ``link_id``, ``chain_id``, ``chain_position``, ``sector_id``, ``state``, ``value``,
        ``suppliers`` and ``buyers`` (tuples of link ids), ``bridged``, ``customers`` (see `links`)
        and ``chain_action``: ``complete`` (补链) if the chain has a present link, else ``build``
        (建链).
    """
    network = graph(chains)
    pairs = zip(link_states["link_id"], link_states["state"], strict=True)
    state_of = {link: str(state) for link, state in pairs}
    begun_chains = set(link_states["chain_id"][link_states["state"] == "present"])
    rows = []
    gap = link_states["link_id"].notna() & (link_states["state"] != "present")
    for record in link_states[gap].to_dict("records"):
        link = str(record["link_id"])
        suppliers = _present(network.predecessors(link), state_of)
        buyers = _present(network.successors(link), state_of)
        trades = ((a, b) for a in suppliers for b in buyers if a != b)
        bridged = sum(not network.has_edge(a, b) for a, b in trades)
        value = NEED[str(record["state"])] * (len(suppliers) + len(buyers) + bridged)
        action = "complete" if record["chain_id"] in begun_chains else "build"
        own = {str(name): cell for name, cell in record.items()}
        measures = {"value": value, "suppliers": suppliers, "buyers": buyers, "bridged": bridged}
        rows.append({**own, **measures, "chain_action": action})
    columns = ["link_id", "chain_id", "chain_position", "sector_id", "state", "value"]
    columns += ["suppliers", "buyers", "bridged", "customers", "chain_action"]
    out = pd.DataFrame(rows, columns=columns)
    order = ["value", "chain_id", "link_id"]
    ascending = [False, True, True]
    return out.sort_values(order, ascending=ascending, kind="stable", ignore_index=True)


def _present(links: Iterable[str], state_of: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted(link for link in links if state_of.get(link) == "present"))


def targets(ranked_gaps: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Rank the target customers that would fill gaps, those of the most valuable gap first.

    Within a gap the order is by status (the furthest first), then by class in the order of the
    schema, then by id.

    Parameters
    ----------
    ranked_gaps
        The result of `gaps`.
    customers
        The layer ``customers``; those that have signed or been dropped are left out.

    Returns
    -------
    pandas.DataFrame
        ``rank`` (from 1), ``customer_id``, ``customer_status``, ``customer_class``, ``team_id``,
        and the columns ``link_id``, ``chain_id``, ``state``, ``chain_action``, ``value``,
        ``suppliers``, ``buyers`` and ``bridged`` of the gap.
    """
    companies = pd.DataFrame(customers)
    closed = companies["customer_status"].isin(schema().meaning["closed_customer_status"])
    kept = ["customer_id", "customer_status", "customer_class", "team_id", "link_id"]
    gap_columns = ["link_id", "chain_id", "state", "chain_action", "value"]
    gap_columns += ["suppliers", "buyers", "bridged"]
    out = companies[~closed][kept].merge(ranked_gaps[gap_columns], on="link_id", how="inner")
    domains = schema().domains
    status_order = {name: -k for k, name in enumerate(domains["customer_status"])}
    class_order = {name: k for k, name in enumerate(domains["customer_class"])}
    out = out.assign(
        status_order=lookup(out["customer_status"], status_order),
        class_order=lookup(out["customer_class"], class_order),
    )
    order = ["value", "link_id", "status_order", "class_order", "customer_id"]
    ascending = [False, True, True, True, True]
    out = out.sort_values(order, ascending=ascending, kind="stable", ignore_index=True)
    out.insert(0, "rank", np.arange(1, len(out) + 1))
    return out.drop(columns=["status_order", "class_order"])
