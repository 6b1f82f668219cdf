"""`dealwatch models`: the models themselves. Each command is in a module of its own."""

from __future__ import annotations

from streams.cli.models_compare import compare
from streams.cli.models_diff import diff
from streams.cli.models_hand import freeze, resume, rollback
from streams.cli.models_learn import learn
from streams.cli.models_list import list_models
from streams.cli.models_seed import seed
from streams.cli.models_show import show
from streams.cli.plain import plain_app

_HELP = "Look at the models, hold them beside others, and lay a hand on them."

app = plain_app(no_args_is_help=True, help=_HELP)


@app.callback()
def models() -> None:
    """Look at the models, hold them beside others, and lay a hand on them."""


app.command("list")(list_models)
app.command("show")(show)
app.command("diff")(diff)
app.command("freeze")(freeze)
app.command("rollback")(rollback)
app.command("resume")(resume)
app.command("compare")(compare)
app.command("learn")(learn)
app.command("seed")(seed)
