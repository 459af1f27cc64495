"""Sound that the measurements are made on."""
