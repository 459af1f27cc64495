"""Augment many clips at once, in torch, on the CPU or a GPU: what `Pipeline` does to one."""

from .policy import Batch, augment_batch

__all__ = ["Batch", "augment_batch"]
