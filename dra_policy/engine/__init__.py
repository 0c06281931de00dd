"""The use cases over all stages below: read a world, then check, match, explain, schedule or list it.

``world`` holds what files declare and computes the rest at first use; ``subjects`` finds what a question is about;
``library`` is what ``import dra_policy`` offers. Words and layouts are made above, in ``render``.
"""
