"""The command line: `main` is the tree, one module per command, `session` what the commands share.

A command reads its options, calls a door, and prints. What takes long to import is imported inside of commands, so that
`dealwatch --help` answers at once.
"""
