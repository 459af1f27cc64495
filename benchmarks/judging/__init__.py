"""Judges that say what is heard in a clip, and the prompts that models are asked with.

The judges are measuring instruments: networks that were trained on clips of the corpus that no
generating model learned from. Each was first measured itself (``judges.json`` beside its weights).
"""
