"""What ``python -m inventory`` can do: each file holds one family of commands, each command calls verbs."""
