"""Assembly: pool + blueprint + takers + seed → forms, or the reasons why there are none.

Forms are dealt from reshuffled decks, so that exposure and overlap are as low as arithmetic allows, and
then exchange items until they are equally hard. Same inputs and seed give the same forms on any machine;
`docs/verifiable-draw.md` specifies every step.
"""

from question_bank.assembly.batch import assemble
from question_bank.assembly.late import Colleagues, LateDraw, assemble_late
from question_bank.assembly.prepare import CellSupply, Supply, feasibility
from question_bank.assembly.result import AbilityBalance, Assembly, AssemblyReport, Infeasible, Options

__all__ = [
    "AbilityBalance",
    "Assembly",
    "AssemblyReport",
    "CellSupply",
    "Colleagues",
    "Infeasible",
    "LateDraw",
    "Options",
    "Supply",
    "assemble",
    "assemble_late",
    "feasibility",
]
