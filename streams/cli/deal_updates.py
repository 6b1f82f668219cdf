"""`dealwatch deal accept|reject`: one answer to what is proposed for a deal's record, instead of typing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.alerts_act import By, Note
from streams.cli.deal_hold import DealName, hand_in
from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from streams.alerts.update import Update

UpdateName = Annotated[
    str, typer.Argument(metavar="[UPDATE]", help="The update's id, or how it begins; not needed where there is one.")
]


def accept(ctx: typer.Context, opportunity: DealName, update: UpdateName = "", by: By = None) -> None:
    """Accept an update that is proposed for a deal.

    It becomes an event of the deal, which `deal show` proposes with the reasons: a stage, a close date, a next step,
    or that it was won. What writes to the CRM takes it from deal.activity, where it names the update.

    For example:
      dealwatch deal accept opp-00017
      dealwatch deal accept opp-00017 up-0f6c
    """
    from streams.alerts.propose import accepted

    found = _find(ctx, opportunity, update)
    kind, data = accepted(found)
    hand_in(ctx, opportunity, kind, data, by, f"{opportunity}: {found.field.replace('_', ' ')} is {found.value} now")


def reject(ctx: typer.Context, opportunity: DealName, update: UpdateName = "", note: Note = "", by: By = None) -> None:
    """Reject an update that is proposed for a deal.

    The same is not proposed again until something new speaks for it.

    For example:
      dealwatch deal reject opp-00017 --note "the proposal was a draft"
    """
    from streams.events.judgement import UpdateRejected, UpdateRejectedData

    found = _find(ctx, opportunity, update)
    data = UpdateRejectedData(update=found.id, note=note)
    hand_in(ctx, opportunity, UpdateRejected, data, by, f"{opportunity}: rejected, {found.title}")


def _find(ctx: typer.Context, opportunity: str, name: str) -> Update:
    from streams.admin.dealfile import read_deal
    from streams.cli.screen import waiting
    from streams.config.topics import plan
    from streams.errors import NotFound

    settings = settings_of(ctx)
    with waiting(f"reading {opportunity} ..."):
        found = read_deal(bootstrap_of(settings), plan(settings), opportunity, policy=settings.policy)
    proposed = [each for each in found.updates if each.id.startswith(name)]
    if len(proposed) == 1:
        return proposed[0]
    if not found.updates:
        raise NotFound(f"nothing is proposed for {opportunity}")
    choices = ", ".join(f"{each.id} ({each.title})" for each in found.updates)
    why = f"no update {name} is proposed" if not proposed else "more than one update is proposed, so say which"
    raise NotFound(f"{why}: {choices}")
