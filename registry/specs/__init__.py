"""Specs: an edition is frozen to plain data; every file is drawn from that data alone."""
