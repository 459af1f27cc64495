"""The measured claims of the course, one script each: ``python -m benchmarks``."""
