"""The instruments and scores behind the bundled clips.

``python -m tools.make_clips`` writes every clip and the catalogue again, bit for bit under the
versions that the constraints file pins: each random draw comes from a generator seeded by the
clip's name, and rounding to 16 bits drops the last bits in which machines differ.
"""
