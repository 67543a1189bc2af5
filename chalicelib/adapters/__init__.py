"""The outside world, named by vendor."""
