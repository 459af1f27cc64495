"""What the authors of the course run: nothing here is imported by the course itself."""
