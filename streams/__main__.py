"""`python -m streams` is the `dealwatch` command."""

from streams.cli.main import main

main()
