"""The exercises, one module a notebook, each with a tuple named ``EXERCISES``."""
