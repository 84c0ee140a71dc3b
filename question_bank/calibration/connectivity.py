"""Whether every item can be compared with every other through people who had both."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from question_bank.calibration.refusals import CalibrationRefused
from question_bank.calibration.responses import IntArray, Responses


@dataclass(frozen=True, slots=True)
class Group:
    """Persons and items, as indices of the matrix, that are linked to each other and to nobody else."""

    persons: IntArray
    items: IntArray


class Disconnected(CalibrationRefused):
    """The responses fall into groups without a common item or person; `groups` names them, the largest first."""

    code = "disconnected"

    def __init__(self, groups: tuple[Group, ...]) -> None:
        self.groups = groups
        sizes = ", ".join(f"{len(group.persons)} persons with {len(group.items)} items" for group in groups)
        super().__init__(
            f"The responses fall into {len(groups)} groups that share no item and no person, so their difficulties "
            f"cannot be compared: {sizes}. Calibrate each group on its own.",
            groups=len(groups),
        )


def connected_groups(responses: Responses) -> tuple[Group, ...]:
    """The components of the graph in which a response joins a person and an item, most persons first.

    Persons and items without any response stand in no group.
    """
    person, item, _share = responses.entries()
    size = responses.persons + responses.items
    graph = coo_array((np.ones(len(person)), (person, responses.persons + item)), shape=(size, size))
    count, label = connected_components(graph.tocsr(), directed=False)
    of_person, of_item = label[: responses.persons], label[responses.persons :]
    people = np.bincount(of_person, minlength=count)
    things = np.bincount(of_item, minlength=count)
    linked = np.flatnonzero((people > 0) & (things > 0))
    order = linked[np.argsort(-people[linked], kind="stable")]
    return tuple(
        Group(np.flatnonzero(of_person == which), np.flatnonzero(of_item == which)) for which in order
    )


def ensure_connected(responses: Responses) -> None:
    """Raises Disconnected, which names the groups."""
    groups = connected_groups(responses)
    if len(groups) > 1:
        raise Disconnected(groups)
