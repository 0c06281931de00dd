"""What each API dialect's objects look like, and how they become the model's."""
