"""`dealwatch models`: the models themselves. Each command is in a module of its own."""

from __future__ import annotations

from streams.cli.models_compare import compare
from streams.cli.models_learn import learn
from streams.cli.models_seed import seed
from streams.cli.plain import plain_app

app = plain_app(no_args_is_help=True, help="Look at the models, and hold them beside others.")


@app.callback()
def models() -> None:
    """Look at the models, and hold them beside others."""


app.command("compare")(compare)
app.command("learn")(learn)
app.command("seed")(seed)
