"""The command line: one module per command, all over ``engine`` and ``render``."""
