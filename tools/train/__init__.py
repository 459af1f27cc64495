"""Make what the course trains on, and train what it bundles."""
