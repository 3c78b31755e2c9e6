"""The only shared code that knows Flask."""
