"""`dealwatch rebuild compare`: what is the same in both environments of a rebuild, and what is not."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.cli.boundary import FAILED
from streams.cli.session import bootstrap_of, settings_of


def compare(
    ctx: typer.Context,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Prefix of the environment that is rebuilt.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Compare states and alerts of both environments, deal by deal.

    With the same version everything is the same, but for what docs/upgrade.md names. With another version it shows what
    that makes of your deals. Exit code 1 where something differs.

    For example:
      dealwatch rebuild compare v2.
      dealwatch rebuild compare v2. --json | jq '.differing[].opportunity'
    """
    from streams.admin.comparison import compare as compare_both
    from streams.admin.generation import rebuild_of
    from streams.cli.rebuild_view import print_compared
    from streams.cli.screen import print_document, waiting

    settings = settings_of(ctx)
    bootstrap = bootstrap_of(settings)
    with waiting(f"speaking to {bootstrap} ...") as tell:
        found = compare_both(bootstrap, rebuild_of(bootstrap, settings, new), tell)
    if json:
        print_document(
            {
                "same": found.same,
                "until": found.until,
                "equal": found.equal,
                "on_the_way": found.on_the_way,
                "differing": [each._asdict() for each in found.differing],
                "only_old": found.only_old,
                "only_new": found.only_new,
                "alerts": found.alerts,
                "alerts_only_old": [each.id for each in found.alerts_only_old],
                "alerts_only_new": [each.id for each in found.alerts_only_new],
                "messages": found.messages,
                "messages_differing": [
                    {"id": each.id, "sequence": each.sequence, "opportunity": each.opportunity}
                    for each in found.messages_differing
                ],
            }
        )
    else:
        print_compared(found)
    if not found.same:
        raise typer.Exit(FAILED)
