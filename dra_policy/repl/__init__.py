"""The interactive shell: a session that a test drives line by line, and the terminal around it."""
